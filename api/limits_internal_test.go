package api

import (
	"strconv"
	"testing"
	"time"
)

func TestAFloodOfCallersIsForgotten(t *testing.T) {
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	l := newLimits(1, 10, func() time.Time { return now })
	for n := range 3 * maxLimited {
		l.spend(strconv.Itoa(n))
	}
	if n := len(l.budgets); n > maxLimited {
		t.Errorf("%d callers are remembered", n)
	}
}
