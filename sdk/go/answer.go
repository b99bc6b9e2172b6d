package steelgate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// What is answered is believed where it has the shape that was promised, and only there. A proxy's page, a body that was cut off or another service on
// the address must never read as an allow.

// answer is what was answered, with a status of success.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// readDecision reads a decision.
func (a *answer) decision() (Decision, error) {
	d, ok := readDecision(a.body)
	if !ok {
		return Decision{}, misshapen("a decision", a.status)
	}
	return d, nil
}

// decisions reads as many decisions as were asked for.
func (a *answer) decisions(count int) ([]Decision, error) {
	var body struct {
		Decisions []json.RawMessage `json:"decisions"`
	}
	if json.Unmarshal(a.body, &body) == nil && len(body.Decisions) == count {
		decisions := make([]Decision, 0, count)
		for _, text := range body.Decisions {
			if d, ok := readDecision(text); ok {
				decisions = append(decisions, d)
			}
		}
		if len(decisions) == count {
			return decisions, nil
		}
	}
	return nil, misshapen(fmt.Sprintf("%d decisions", count), a.status)
}

func readDecision(text []byte) (d Decision, ok bool) {
	// Revisions that are absent are told from zero.
	var present struct {
		Allow          *bool  `json:"allow"`
		PolicyRevision *int64 `json:"policy_revision"`
		DataRevision   *int64 `json:"data_revision"`
	}
	if json.Unmarshal(text, &d) != nil || json.Unmarshal(text, &present) != nil {
		return Decision{}, false
	}
	if present.Allow == nil || present.PolicyRevision == nil || present.DataRevision == nil || !isDecision(d) {
		return Decision{}, false
	}
	return d, true
}

func isDecision(d Decision) bool {
	if d.DecisionID == "" || d.Code == "" || d.PolicyRevision < 0 || d.DataRevision < 0 {
		return false
	}
	if d.Key != nil && d.Key.ID == "" || d.BilledTo != nil && (d.BilledTo.ID == "" || d.BilledTo.Type == "") {
		return false
	}
	if d.Allow {
		// The three say the same thrice, and a known key is needed for an allow.
		return d.Status == http.StatusOK && d.Code == "allowed" && d.Key != nil
	}
	switch d.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError:
		return d.Code != "allowed" && d.BilledTo == nil
	}
	return false
}

func (a *answer) key() (key Key, err error) {
	if json.Unmarshal(a.body, &key) != nil || key.ID == "" || key.Type == "" {
		return Key{}, misshapen("a key", a.status)
	}
	return key, nil
}

// page reads a page of keys into data, a pointer to a slice; id answers that of each.
func readPage[T any](a *answer, id func(T) string) (data []T, p Pagination, err error) {
	var body struct {
		Data       []T         `json:"data"`
		Pagination *Pagination `json:"pagination"`
	}
	if json.Unmarshal(a.body, &body) != nil || body.Data == nil || body.Pagination == nil || body.Pagination.HasMore && body.Pagination.Cursor == nil {
		return nil, p, misshapen("a page of keys", a.status)
	}
	for _, item := range body.Data {
		if id(item) == "" {
			return nil, p, misshapen("a page of keys", a.status)
		}
	}
	return body.Data, *body.Pagination, nil
}

// revision is the data revision that has a change.
func (a *answer) revision() (int64, error) {
	revision, err := strconv.ParseInt(a.header.Get("Steelgate-Revision"), 10, 64)
	if err != nil || revision < 0 {
		return 0, misshapen("a change, for it has no revision", a.status)
	}
	return revision, nil
}
