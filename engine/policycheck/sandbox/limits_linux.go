package sandbox

import (
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// imposeSystem sets what the kernel holds this process to. RLIMIT_DATA counts the memory that may be written; RLIMIT_AS would
// count what Go only reserves, too.
func imposeSystem(l Limits) {
	seconds := uint64((l.CPU + time.Second - 1) / time.Second)
	_ = syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds + 1})
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	// A program that is built to find races has taken more than any limit before it begins, and could take no more.
	if taken, ok := dataSize(); ok && taken < l.Memory/2 {
		limit := l.Memory + taken
		_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: limit, Max: limit})
	}
}

// dataSize is the memory, in bytes, that counts against RLIMIT_DATA now.
func dataSize() (uint64, bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, rest, found := bytes.Cut(status, []byte("VmData:"))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, false
	}
	kilobytes, err := strconv.ParseUint(string(fields[0]), 10, 64)
	return kilobytes << 10, err == nil
}

// alone puts the worker into a process group of its own, which is ended whole, and with whoever asked.
func alone(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
}

// endedByCPU tells whether the kernel ended the worker for the processor's time that it took.
func endedByCPU(state *os.ProcessState, l Limits) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && (status.Signaled() || state.ExitCode() == 2) && state.UserTime()+state.SystemTime() >= l.CPU
}
