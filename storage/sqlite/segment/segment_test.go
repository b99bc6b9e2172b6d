package segment_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/steelengine/steelgate/authz"
	"github.com/steelengine/steelgate/storage/decisions"
	"github.com/steelengine/steelgate/storage/sqlite/segment"
)

var noon = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

func several(n int) (made []authz.LoggedDecision) {
	for i := range n {
		made = append(made, authz.LoggedDecision{
			ID: fmt.Sprintf("dec_%032x", i), Time: noon.Add(time.Duration(i) * time.Millisecond), KeyID: fmt.Sprintf("key_%d", i), Code: authz.Allowed, Allow: true,
			KeyOwner: authz.Owner{Type: authz.UserOwner, ID: "ada"}, Request: authz.Request{Action: "a", Resource: authz.Entity{Type: "t", ID: "r"}}, Took: time.Microsecond,
		})
	}
	return made
}

// Every prefix of a segment, and every one with an octet changed, is read or refused, and takes no more memory than it holds.
func TestWhatIsBrokenIsRefused(t *testing.T) {
	packed := segment.Pack(several(3))
	for n := range packed {
		if _, err := segment.Unpack(packed[:n]); !errors.Is(err, segment.ErrBroken) {
			t.Errorf("%d octets of %d: %v", n, len(packed), err)
		}
	}
	if _, err := segment.Unpack(append(packed, 0)); !errors.Is(err, segment.ErrBroken) {
		t.Errorf("one octet more: %v", err)
	}
}

// Who asked that is no key stands in a segment of the second format; one of keys alone is as any steelgate reads it.
func TestSubjectsThatAreNoKeys(t *testing.T) {
	made := several(3)
	if packed := segment.Pack(made); packed[0] != 1 {
		t.Errorf("a segment of keys alone is of format %d", packed[0])
	}
	made[1].KeyID, made[1].KeyOwner, made[1].Subject = "", authz.Owner{}, authz.Entity{Type: "user", ID: "ada", Properties: authz.Object(`{"a":1}`)}
	made[2].Request.ActionProperties = authz.Object(`{"soft":true}`)
	packed := segment.Pack(made)
	got, err := segment.Unpack(packed)
	if err != nil || packed[0] != 2 || !reflect.DeepEqual(got, made) {
		t.Errorf("format %d, %v: got %+v", packed[0], err, got)
	}
	for n := range packed {
		if _, err := segment.Unpack(packed[:n]); !errors.Is(err, segment.ErrBroken) {
			t.Errorf("%d octets of %d: %v", n, len(packed), err)
		}
	}
}

// A filter never says no to what is there, and seldom yes to what is not.
func TestTheFilter(t *testing.T) {
	made := several(1000)
	filter := segment.Filter(made)
	for _, d := range made {
		if !segment.MayHold(filter, decisions.Filter{KeyID: d.KeyID, KeyOwner: d.KeyOwner, Codes: []authz.Code{authz.KeyUnknown, authz.Allowed}, Allow: &d.Allow, Action: "a", ResourceID: "r"}) || !segment.MayHoldID(filter, d.ID) {
			t.Errorf("%s is not in its filter", d.ID)
		}
	}
	wrong := 0
	const asked = 10_000
	for i := range asked {
		if segment.MayHold(filter, decisions.Filter{KeyID: fmt.Sprintf("other_%d", i)}) {
			wrong++
		}
	}
	if wrong > asked/50 {
		t.Errorf("%d of %d are said to be there", wrong, asked)
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(segment.Pack(several(2)))
	f.Fuzz(func(t *testing.T, packed []byte) {
		made, err := segment.Unpack(packed)
		if err != nil {
			return
		}
		again, err := segment.Unpack(segment.Pack(made))
		if err != nil || len(made) > 0 && !reflect.DeepEqual(again, made) {
			t.Errorf("%v, read again %v, %v", made, again, err)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	made := several(1000)
	for b.Loop() {
		segment.Pack(made)
		segment.Filter(made)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/decision")
	b.ReportMetric(float64(len(segment.Pack(made))+len(segment.Filter(made)))/1000, "B/decision")
}
