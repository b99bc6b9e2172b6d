package storagetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/storage"
)

// staged is a line that stages a user.
func staged(rank, line int, id string) storage.StagedLine {
	return storage.StagedLine{
		StagedPosition: storage.StagedPosition{Rank: rank, Line: line}, Kind: storage.UserKind, A: id, Entity: []byte(fmt.Sprintf("{\"id\":%q,\"\x00\xff\":0}", id)),
	}
}

func begin(t *testing.T, store storage.Store, at time.Time) string {
	t.Helper()
	id, err := store.Imports().Begin(t.Context(), at, "tok_1")
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func stage(t *testing.T, store storage.Store, id string, lines ...storage.StagedLine) {
	t.Helper()
	if err := store.Imports().Stage(t.Context(), id, lines); err != nil {
		t.Fatal(err)
	}
}

// stagedLines are an import's lines, read in pages.
func stagedLines(t *testing.T, store storage.Store, id string, limit int) (lines []storage.StagedLine) {
	t.Helper()
	var after storage.StagedPosition
	for {
		page, err := store.Imports().Lines(t.Context(), id, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return lines
		}
		if len(page) > limit {
			t.Fatalf("a page of %d lines, where the limit is %d", len(page), limit)
		}
		lines, after = append(lines, page...), page[len(page)-1].StagedPosition
	}
}

// importStaging proves that lines come back in the order of applying, and are found by what they name, in their import alone.
func importStaging(t *testing.T, store storage.Store) {
	one, other := begin(t, store, noon), begin(t, store, noon)
	if one == other {
		t.Fatal("two imports have one id")
	}
	member := storage.StagedLine{StagedPosition: storage.StagedPosition{Rank: 3, Line: 4}, Kind: storage.WorkspaceMemberKind, A: "ws_1", B: "usr_1", Entity: []byte("{}")}
	stage(t, store, one)
	stage(t, store, one, staged(2, 1, "usr_1"), staged(1, 2, "usr_2"), staged(2, 3, "usr_3"))
	stage(t, store, one, member, staged(1, 10, "usr_10"), staged(1, 9, "usr_9"))
	stage(t, store, other, staged(1, 1, "usr_1"))
	want := []storage.StagedLine{staged(1, 2, "usr_2"), staged(1, 9, "usr_9"), staged(1, 10, "usr_10"), staged(2, 1, "usr_1"), staged(2, 3, "usr_3"), member}
	for limit := 1; limit <= len(want)+1; limit++ {
		same(t, fmt.Sprintf("lines by %d", limit), stagedLines(t, store, one, limit), want)
	}
	same(t, "lines of the other", stagedLines(t, store, other, 10), []storage.StagedLine{staged(1, 1, "usr_1")})
	same(t, "lines of none", stagedLines(t, store, "imp_unknown", 10), []storage.StagedLine(nil))

	imports := store.Imports()
	wantError(t, "staging nowhere", imports.Stage(t.Context(), "imp_unknown", []storage.StagedLine{staged(1, 1, "usr_1")}), storage.ErrNotFound)
	same(t, "revision", revisionOf(t, store), uint64(0))
}

// importDoubledLines proves that a record is staged once, and that both lines are told.
func importDoubledLines(t *testing.T, store storage.Store) {
	id, other := begin(t, store, noon), begin(t, store, noon)
	stage(t, store, other, staged(1, 1, "usr_7"))
	stage(t, store, id, staged(1, 1, "usr_1"), staged(1, 2, "USR_1"))
	for _, test := range []struct {
		what  string
		lines []storage.StagedLine
		want  storage.DoubledLine
	}{
		{"within one call", []storage.StagedLine{staged(1, 3, "usr_3"), staged(1, 4, "usr_4"), staged(1, 5, "usr_3")}, storage.DoubledLine{First: 3, Second: 5}},
		{"from an earlier call", []storage.StagedLine{staged(1, 3, "usr_3"), staged(1, 4, "usr_1")}, storage.DoubledLine{First: 1, Second: 4}},
		{"of another rank", []storage.StagedLine{staged(2, 3, "usr_1")}, storage.DoubledLine{First: 1, Second: 3}},
		{"beyond a portion", append(numbered(3, 2500), staged(1, 2503, "usr_n_3")), storage.DoubledLine{First: 3, Second: 2503}},
	} {
		err := store.Imports().Stage(t.Context(), id, test.lines)
		var doubled *storage.DoubledLine
		if !errors.As(err, &doubled) || *doubled != test.want {
			t.Errorf("%s: error %v, want %v", test.what, err, &test.want)
		}
		same(t, test.what+": lines", stagedLines(t, store, id, 10), []storage.StagedLine{staged(1, 1, "usr_1"), staged(1, 2, "USR_1")})
	}
	stage(t, store, id, numbered(3, 2500)...)
	same(t, "lines", len(stagedLines(t, store, id, 1000)), 2502)
}

// numbered are n lines from a line on.
func numbered(from, n int) (lines []storage.StagedLine) {
	for line := from; line < from+n; line++ {
		lines = append(lines, staged(1, line, fmt.Sprintf("usr_n_%d", line)))
	}
	return lines
}

func applying(t *testing.T, store storage.Store) (bool, string, storage.StagedPosition) {
	t.Helper()
	id, through, err := store.Imports().Applying(t.Context())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		t.Fatal(err)
	}
	update(t, store, func(tx storage.Tx) error {
		inside, insideErr := tx.ImportApplying()
		same(t, "what an update is told", []any{inside, insideErr}, []any{err == nil, nil})
		return nil
	})
	return err == nil, id, through
}

// importApplying proves that of many imports one at a time is applied.
func importApplying(t *testing.T, store storage.Store) {
	imports := store.Imports()
	if is, id, _ := applying(t, store); is {
		t.Errorf("%s applies in an empty store", id)
	}
	wantError(t, "an unknown import", imports.StartApplying(t.Context(), "imp_unknown"), storage.ErrNotFound)
	const many = 8
	var ids []string
	for range many {
		ids = append(ids, begin(t, store, noon))
	}
	started := collector[string]{}
	var running sync.WaitGroup
	for _, id := range ids {
		running.Go(func() {
			err := imports.StartApplying(t.Context(), id)
			if err == nil {
				started.add(id)
			} else if !errors.Is(err, storage.ErrImportInProgress) {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	running.Wait()
	if len(started.all) != 1 {
		t.Fatalf("%d imports started", len(started.all))
	}
	winner := started.all[0]
	is, id, through := applying(t, store)
	same(t, "what applies", []any{is, id, through}, []any{true, winner, storage.StagedPosition{}})
	wantError(t, "starting what applies", imports.StartApplying(t.Context(), winner), nil)
	wantError(t, "staging into what applies", imports.Stage(t.Context(), winner, []storage.StagedLine{staged(1, 1, "usr_1")}), storage.ErrNotFound)
	same(t, "lines of what applies", len(stagedLines(t, store, winner, 10)), 0)

	if err := imports.Discard(t.Context(), winner, true); err != nil {
		t.Fatal(err)
	}
	if is, id, _ := applying(t, store); is {
		t.Errorf("%s still applies", id)
	}
	for _, id := range ids {
		if id != winner {
			wantError(t, "another import, after the first is done", imports.StartApplying(t.Context(), id), nil)
			break
		}
	}
	same(t, "revision", revisionOf(t, store), uint64(0))
}

// importPosition proves that an import is resumed where it stood: its position goes on with what was applied, once.
func importPosition(t *testing.T, store storage.Store) {
	id, idle := begin(t, store, noon), begin(t, store, noon)
	start, second, last := storage.StagedPosition{}, storage.StagedPosition{Rank: 1, Line: 2}, storage.StagedPosition{Rank: 2, Line: 1}
	apply := func(id string, from, through storage.StagedPosition, after error) error {
		_, err := store.Update(t.Context(), func(tx storage.Tx) error {
			return first(tx.PutUser(users.first), tx.ImportApplied(id, from, through), after)
		})
		return err
	}
	wantError(t, "an import that was not started", apply(id, start, second, nil), storage.ErrNotFound)
	if err := store.Imports().StartApplying(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		what          string
		id            string
		from, through storage.StagedPosition
		fails, want   error
		stands        storage.StagedPosition
		revision      uint64
	}{
		{"an update that fails", id, start, second, errRefused, errRefused, start, 0},
		{"another import", idle, start, second, nil, storage.ErrNotFound, start, 0},
		{"a start in the middle", id, second, last, nil, storage.ErrNotFound, start, 0},
		{"the first portion", id, start, second, nil, nil, second, 1},
		{"the first portion again", id, start, second, nil, storage.ErrNotFound, second, 1},
		{"the last portion", id, second, last, nil, nil, last, 2},
	} {
		wantError(t, step.what, apply(step.id, step.from, step.through, step.fails), step.want)
		_, stands, through := applying(t, store)
		same(t, step.what, []any{stands, through, revisionOf(t, store)}, []any{id, step.stands, step.revision})
	}
	wantError(t, "starting again", store.Imports().StartApplying(t.Context(), id), nil)
	_, _, through := applying(t, store)
	same(t, "position after starting again", through, last)
	// A portion may turn out to change nothing, and is applied all the same.
	end := storage.StagedPosition{Rank: 9, Line: 9}
	same(t, "revision", update(t, store, func(tx storage.Tx) error { return tx.ImportApplied(id, last, end) }), uint64(2))
	_, _, through = applying(t, store)
	same(t, "position after a portion of nothing", through, end)
}

// importDiscarding proves that what is discarded is gone, but for what applies and is not done.
func importDiscarding(t *testing.T, store storage.Store) {
	imports := store.Imports()
	stands := func() bool { return ask(t, store, storage.Reader.ImportStands) }
	same(t, "an import stands in an empty store", stands(), false)
	gone, kept := begin(t, store, noon), begin(t, store, noon)
	same(t, "an import stands", stands(), true)
	stage(t, store, gone, numbered(1, 2500)...)
	stage(t, store, kept, staged(1, 1, "usr_1"))
	for range 2 {
		wantError(t, "discarding", imports.Discard(t.Context(), gone, false), nil)
		same(t, "lines of what was discarded", len(stagedLines(t, store, gone, 10)), 0)
	}
	wantError(t, "staging into what was discarded", imports.Stage(t.Context(), gone, numbered(1, 1)), storage.ErrNotFound)
	wantError(t, "starting what was discarded", imports.StartApplying(t.Context(), gone), storage.ErrNotFound)

	wantError(t, "starting", imports.StartApplying(t.Context(), kept), nil)
	wantError(t, "discarding what applies", imports.Discard(t.Context(), kept, false), nil)
	is, id, _ := applying(t, store)
	same(t, "what applies", []any{is, id, len(stagedLines(t, store, kept, 10))}, []any{true, kept, 1})
	same(t, "an import stands while it applies", stands(), true)
	wantError(t, "discarding what is done", imports.Discard(t.Context(), kept, true), nil)
	same(t, "an import stands once all are gone", stands(), false)
	is, _, _ = applying(t, store)
	same(t, "what is left", []any{is, len(stagedLines(t, store, kept, 10))}, []any{false, 0})
	wantError(t, "discarding what never was", imports.Discard(t.Context(), "imp_unknown", true), nil)
}

// importDiscardingStaged proves that what was left behind is cleared away, and nothing that is under way.
func importDiscardingStaged(t *testing.T, store storage.Store) {
	imports := store.Imports()
	old, applies, young := begin(t, store, noon), begin(t, store, noon), begin(t, store, noon.Add(time.Hour))
	for _, id := range []string{old, applies, young} {
		stage(t, store, id, staged(1, 1, "usr_1"))
	}
	wantError(t, "starting", imports.StartApplying(t.Context(), applies), nil)
	wantError(t, "clearing", imports.DiscardStaged(t.Context(), noon.Add(time.Hour)), nil)
	for id, want := range map[string]int{old: 0, applies: 1, young: 1} {
		same(t, "lines", len(stagedLines(t, store, id, 10)), want)
	}
	_, id, _ := applying(t, store)
	same(t, "what applies", id, applies)
}
