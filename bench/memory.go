package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/steelengine/steelgate/bench/world"
)

// footprint is what a child process found.
type footprint struct {
	// Baseline and Loaded are resident bytes before and after, Peak the most in between.
	Baseline, Loaded, Peak int64
}

// memory prints what a world costs in resident memory, measured in a process of its own.
func (b *bench) memory() error {
	keys := b.sizes[len(b.sizes)-1]
	b.title("Memory: resident set of a process that holds %d keys and their world, less the same process before", keys)
	var found footprint
	if err := b.child("memory", keys, &found); err != nil {
		return err
	}
	b.line("%d bytes a key (%d MB; while loading at most %d MB)", (found.Loaded-found.Baseline)/int64(keys), (found.Loaded-found.Baseline)>>20, (found.Peak-found.Baseline)>>20)
	return nil
}

// measureMemory is the child's part.
func measureMemory(b *bench, keys int) (any, error) {
	// One small world first, so that what the code itself needs stands in the baseline.
	if _, err := (world.World{Keys: 100}).Engine(b.policy); err != nil {
		return nil, err
	}
	debug.FreeOSMemory()
	var found footprint
	var err error
	if found.Baseline, err = status("VmRSS"); err != nil {
		return nil, err
	}
	e, err := world.World{Keys: keys}.Engine(b.policy)
	if err != nil {
		return nil, err
	}
	debug.FreeOSMemory()
	if found.Loaded, err = status("VmRSS"); err != nil {
		return nil, err
	}
	found.Peak, err = status("VmHWM")
	runtime.KeepAlive(e)
	return found, err
}

// status is a size in bytes that the kernel tells of this process.
func status(name string) (int64, error) {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for scanner := bufio.NewScanner(bytes.NewReader(text)); scanner.Scan(); {
		if rest, ok := strings.CutPrefix(scanner.Text(), name+":"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, errors.New("the kernel does not tell " + name)
}

// children are what a child process may be asked for.
var children = map[string]func(b *bench, keys int) (any, error){"memory": measureMemory}

// child has this program measure something in a process of its own.
func (b *bench) child(what string, keys int, found any) error {
	command := exec.Command(b.self, "-child", what, "-keys", strconv.Itoa(keys))
	command.Stderr = os.Stderr
	answer, err := command.Output()
	if err != nil {
		return fmt.Errorf("measuring %s: %w", what, err)
	}
	return json.Unmarshal(answer, found)
}

// beChild is the child's side of child.
func (b *bench) beChild(what string, keys int, out io.Writer) error {
	measure := children[what]
	if measure == nil {
		return fmt.Errorf("a child can't measure %q", what)
	}
	found, err := measure(b, keys)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(found)
}
