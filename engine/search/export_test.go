package search

import "time"

// MaxAsked has pages ask about so many candidates at most, until restore is called.
func MaxAsked(n int) (restore func()) {
	was := maxAsked
	maxAsked = n
	return func() { maxAsked = was }
}

// MaxPageTime has pages end after so long, until restore is called.
func MaxPageTime(d time.Duration) (restore func()) {
	was := maxPageTime
	maxPageTime = d
	return func() { maxPageTime = was }
}
