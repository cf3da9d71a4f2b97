package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
)

// writePID writes the process id to a file and returns what removes it. A live
// process that the file names is respected; one that is gone is not.
func writePID(name string) (remove func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	b, err := os.ReadFile(name)
	if err == nil {
		pid, perr := strconv.Atoi(strings.TrimSpace(string(b)))
		if perr == nil && pid > 0 && pid != os.Getpid() && alive(pid) {
			return nil, fmt.Errorf("pid_file %s: process %d is alive; stop it, or remove the file when it is not hekad", name, pid)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read pid_file: %w", err)
	}
	if err := os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("write pid_file: %w", err)
	}
	return func() { os.Remove(name) }, nil
}

// profile starts a processor profile, and returns what ends it and writes a
// memory profile. Empty names mean none.
func profile(cpu, mem string) (stop func() error, err error) {
	var out *os.File
	if cpu != "" {
		if out, err = os.Create(cpu); err != nil {
			return nil, fmt.Errorf("cpuprof: %w", err)
		}
		if err = pprof.StartCPUProfile(out); err != nil {
			out.Close()
			return nil, fmt.Errorf("cpuprof: %w", err)
		}
	}
	return func() (err error) {
		if out != nil {
			pprof.StopCPUProfile()
			err = out.Close()
		}
		if mem != "" {
			f, merr := os.Create(mem)
			if merr != nil {
				return errors.Join(err, fmt.Errorf("memprof: %w", merr))
			}
			runtime.GC()
			err = errors.Join(err, pprof.WriteHeapProfile(f), f.Close())
		}
		return err
	}, nil
}
