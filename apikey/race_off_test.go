//go:build !race

package apikey_test

const underRace = false
