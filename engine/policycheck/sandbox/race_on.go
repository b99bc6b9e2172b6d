//go:build race

package sandbox

// slowdown is how many times longer a program takes that is built to find races.
const slowdown = 10
