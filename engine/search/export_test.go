package search

// MaxAsked has pages ask about so many candidates at most, until restore is called.
func MaxAsked(n int) (restore func()) {
	was := maxAsked
	maxAsked = n
	return func() { maxAsked = was }
}
