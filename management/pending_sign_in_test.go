package management_test

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/steelengine/steelgate/apikey"
	"github.com/steelengine/steelgate/management"
	"github.com/steelengine/steelgate/storage"
)

// aPending is somebody who goes to the provider.
var aPending = management.PendingSignIn{Nonce: "a nonce", Verifier: "a verifier", ReturnTo: "/docs"}

func (h *house) beginSignIn() apikey.Secret {
	h.t.Helper()
	state, err := h.BeginSignIn(h.t.Context(), aPending)
	h.must(err)
	return state
}

// Who went to the provider comes back once, and not after ten minutes.
func TestASignInIsResumedOnceAndInTime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	state, late, last := h.beginSignIn(), h.beginSignIn(), h.beginSignIn()
	if kept, err := h.ResumeSignIn(t.Context(), state); err != nil || kept != aPending {
		t.Errorf("kept %+v, %v", kept, err)
	}
	_, err := h.ResumeSignIn(t.Context(), state)
	wantCode(t, err, "sign_in_over")
	_, err = h.ResumeSignIn(t.Context(), apikey.MintTicket(apikey.StatePrefix))
	wantCode(t, err, "sign_in_over")
	_, err = h.ResumeSignIn(t.Context(), apikey.Secret{})
	wantCode(t, err, "sign_in_over")

	h.now = noon.Add(10*time.Minute - time.Microsecond)
	if _, err := h.ResumeSignIn(t.Context(), last); err != nil {
		t.Errorf("a moment before it is too late: %v", err)
	}
	h.now = noon.Add(10 * time.Minute)
	kept, err := h.ResumeSignIn(t.Context(), late)
	if wantCode(t, err, "sign_in_over"); kept != (management.PendingSignIn{}) {
		t.Errorf("too late, and answered %+v", kept)
	}
	// Even a clock that is put back does not bring it back.
	h.now = noon
	_, err = h.ResumeSignIn(t.Context(), late)
	wantCode(t, err, "sign_in_over")
}

// Of many who come back with one state at once one comes in.
func TestOneOfManyResumes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	state := h.beginSignIn()
	errs := make([]error, 20)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = h.ResumeSignIn(t.Context(), state) })
	}
	all.Wait()
	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		wantCode(t, err, "sign_in_over")
	}
	if succeeded != 1 {
		t.Errorf("%d came in", succeeded)
	}
}

// Whoever begins sign-ins and ends none fills the database so far and no further, and keeps others out for as long as a
// sign-in may take and no longer.
func TestPendingSignInsAreBounded(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	_, err := h.store.Update(t.Context(), func(tx storage.Tx) error {
		for n := range 99_999 {
			if err := tx.PutPendingSignIn(storage.PendingSignIn{State: sha256.Sum256(fmt.Append(nil, n)), At: noon}); err != nil {
				return err
			}
		}
		return nil
	})
	h.must(err)
	h.beginSignIn()
	state, err := h.BeginSignIn(t.Context(), aPending)
	if wantCode(t, err, "too_many_sign_ins"); !state.IsZero() {
		t.Error("refused, with a state")
	}
	h.now = noon.Add(10*time.Minute + time.Microsecond)
	if _, err := h.ResumeSignIn(t.Context(), h.beginSignIn()); err != nil {
		t.Errorf("after those are over: %v", err)
	}
}
