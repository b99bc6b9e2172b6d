//go:build race

package apikey_test

// underRace tells that the race detector is on, under which pools forget at random, and allocations can't be counted.
const underRace = true
