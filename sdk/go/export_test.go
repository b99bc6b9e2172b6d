package steelgate

// Match answers what a table makes of a request.
func Match(table Routes, method, target string) (Question, bool, error) {
	routes, err := table.compile()
	if err != nil {
		return Question{}, false, err
	}
	q, ok := match(routes, method, target)
	return q, ok, nil
}
