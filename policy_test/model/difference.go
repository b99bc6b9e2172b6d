package model

import (
	"encoding/json"
	"fmt"

	"github.com/steelengine/steelgate/authz"
)

// Difference tells where a decision is not what it must be, or "". Its id, message and revisions are not looked at.
func Difference(want, got authz.Decision) string {
	wanted, has := visible(want), visible(got)
	if wanted == has {
		return ""
	}
	return fmt.Sprintf("want %s\n got %s", wanted, has)
}

func visible(d authz.Decision) string {
	d.ID, d.Message, d.PolicyRevision, d.DataRevision = "", "", 0, 0
	text, err := json.Marshal(d)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
