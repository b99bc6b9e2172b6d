package main

import (
	"testing"
	"time"
)

// A length of time may be said in days too; what is none is refused, and never read as another.
func TestParseLength(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"24h": day, "90m": 90 * time.Minute, "1d": day, "7d": 7 * day, "1d12h": day + 12*time.Hour, "1d30m5s": day + 30*time.Minute + 5*time.Second, "0": 0, "0d": 0, "-1d": -day, "106751d": 106751 * day,
	} {
		if got, err := parseLength(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "d", "1", "soon", "1.5d", "1d-1h", "1d+1h", "1d1", "1h1d", "1dd", "106752d", "106751d24h", "99999999999999999999d", "1w"} {
		if got, err := parseLength(text); err == nil {
			t.Errorf("%s reads %v", text, got)
		}
	}
}
