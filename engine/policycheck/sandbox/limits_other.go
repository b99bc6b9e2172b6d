//go:build !linux

package sandbox

import (
	"os"
	"os/exec"
)

// imposeSystem sets nothing: what remains is the clock, and the worker's own look at its memory.
func imposeSystem(Limits) {}

func alone(*exec.Cmd) {}

func endedByCPU(*os.ProcessState, Limits) bool { return false }
