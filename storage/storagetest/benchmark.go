package storagetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage"
)

// portion is how many keys an update puts, as an import does it.
const portion = 500

// typicalKey is one of a large installation: a third of the keys each personal, narrowed, and with grants.
func typicalKey(n int) storage.Key {
	k := key(fmt.Sprintf("key_%016x", n*0x9e3779b1), func(k *storage.Key) {
		k.OwnerID, k.Hint, k.CreatedBy, k.Sealed = fmt.Sprintf("usr_%06d", n%100_000), "sk-steelengine-…aB3Z", "usr_000001", make([]byte, 120)
		k.CreatedAt = noon.Add(time.Duration(n) * time.Second)
	})
	switch n % 3 {
	case 1:
		k.Type, k.OwnerID, k.WorkflowIDs = authz.WorkspaceKey, fmt.Sprintf("ws_%06d", n%10_000), []string{fmt.Sprintf("wf_%06d", n%50_000), fmt.Sprintf("wf_%06d", n%50_000+1)}
	case 2:
		k.Type, k.OwnerID = authz.OrganizationKey, fmt.Sprintf("org_%06d", n%1000)
		k.Grants = []authz.Grant{onWorkspace(fmt.Sprintf("ws_%06d", n%10_000)), onWorkflow(fmt.Sprintf("wf_%06d", n%50_000))}
	}
	return k
}

func putTypicalKeys(b *testing.B, store storage.Store, from, through int) {
	b.Helper()
	_, err := store.Update(b.Context(), func(tx storage.Tx) error {
		for n := from; n < through; n++ {
			if err := tx.PutKey(typicalKey(n)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// Benchmark measures what a large installation waits for: keys put by an import, put one by one, and loaded. The store is
// empty at first.
func Benchmark(b *testing.B, store storage.Store) {
	put := 0
	b.Run("import", func(b *testing.B) {
		begun := put
		for b.Loop() {
			putTypicalKeys(b, store, put, put+portion)
			put += portion
		}
		b.ReportMetric(float64(put-begun)/b.Elapsed().Seconds(), "keys/s")
	})
	b.Run("import again", func(b *testing.B) {
		again := 0
		for b.Loop() {
			from := again % put
			putTypicalKeys(b, store, from, from+portion)
			again += portion
		}
		b.ReportMetric(float64(again)/b.Elapsed().Seconds(), "keys/s")
	})
	b.Run("one key", func(b *testing.B) {
		for b.Loop() {
			putTypicalKeys(b, store, put, put+1)
			put++
		}
	})
	b.Run("load", func(b *testing.B) {
		loaded := 0
		for b.Loop() {
			err := store.View(b.Context(), func(r storage.Reader) error {
				return r.EachKey(func(storage.Key) error { loaded++; return nil })
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(loaded)/b.Elapsed().Seconds(), "keys/s")
	})
}
