package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
)

// profile prints where the time of decisions goes, in the words of go tool pprof.
func (b *bench) profile(a *asker) error {
	const lines = 15
	path := filepath.Join(b.temp, "decisions.prof")
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	_, err = a.ask(2 * b.span)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	b.title("Where it goes: the %d functions that take most", lines)
	top, err := exec.Command("go", "tool", "pprof", "-top", fmt.Sprintf("-nodecount=%d", lines), b.self, path).Output()
	if err != nil {
		b.line("not known: go tool pprof failed: %v", err)
		return nil
	}
	table := false
	for scanner := bufio.NewScanner(bytes.NewReader(top)); scanner.Scan(); {
		if table = table || bytes.Contains(scanner.Bytes(), []byte("flat%")); table {
			b.line("%s", scanner.Text())
		}
	}
	return nil
}
