package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is a server that this program started.
type process struct {
	address string
	command *exec.Cmd
	log     string
	exited  chan struct{}
}

// start runs a server on a free port of loopback, and waits until it is ready. The arguments get the address.
func (b *bench) start(name string, readyPath string, patience time.Duration, arguments func(address string) []string, environment ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{address: address, log: filepath.Join(b.temp, name+".log"), exited: make(chan struct{})}
	output, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer output.Close()
	line := arguments(p.address)
	p.command = exec.Command(line[0], line[1:]...)
	p.command.Stdout, p.command.Stderr = output, output
	p.command.Env = append(os.Environ(), environment...)
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.command.Wait() // stop ends it by a signal
		close(p.exited)
	}()
	if readyPath == "" {
		return p, nil // it says elsewhere whether it is
	}
	if err := p.await(readyPath, patience); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// freeAddress is one of loopback that nobody listens on at this moment.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

func (p *process) await(path string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+path, nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.exited:
			said, _ := os.ReadFile(p.log)
			return fmt.Errorf("it ended: %s", said)
		case <-ctx.Done():
			return errors.New("it does not become ready")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.command.Process.Signal(os.Interrupt) // it may have ended by itself
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		_ = p.command.Process.Kill()
		<-p.exited
	}
}

// processCPU is what a process has used of processors.
func processCPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in brackets, may hold spaces.
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("the kernel tells nothing of the process")
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	const tick = 10 * time.Millisecond
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// module is the folder that go.mod stands in.
func module() (string, error) {
	path, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(path))), nil
}

// build makes a program of the module, and answers where it is.
func (b *bench) build(name string, arguments ...string) (string, error) {
	root, err := module()
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.temp, name)
	command := exec.Command("go", append([]string{"build", "-o", path}, arguments...)...)
	command.Dir = root
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w: %s", name, err, said)
	}
	return path, nil
}
