// Package console is the web console as it is served: the built pages, which are embedded, and the headers that they need. The
// pages themselves are a client of the public API and of nothing else; they stand in src, and `make build` builds them into
// dist. This package knows neither the API nor what it is about: it serves files.
package console
