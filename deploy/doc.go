// Package deploy holds what steelgate is delivered with: configurations of the proxies that ask it, and of what runs, watches and releases
// it. There is no program in it. Its tests read each file as the program does that it is for, as far as that program's own rules are to be
// had in Go; nginx and Caddy are driven as they are, by the tests of cmd/steelgate.
package deploy
