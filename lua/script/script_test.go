package script

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.lua")
	if err := os.WriteFile(file, []byte("#!/usr/bin/env lua\nprint(arg[1], ...)\nfunction run() return 1 end\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"a file with arguments", []string{file, "x", "y"}, 0, "x\tx\ty\n", ""},
		{"code", []string{"-e", "print(1 + 1)"}, 0, "2\n", ""},
		{"an error", []string{"-e", "error('bad')"}, 1, "", "lua: (command line):1: bad\n"},
		{"a syntax error", []string{"-e", "x ="}, 1, "", "lua: (command line):1: unexpected symbol near '<eof>'"},
		{"os.exit", []string{"-e", "os.exit(3)"}, 3, "", ""},
		{"a limit", []string{"-instructions", "1000", "-e", "while true do end"}, 1, "", "instruction_limit exceeded in main chunk ((command line):1)"},
		{"a memory limit", []string{"-memory", "200000", "-e", "string.rep('x', 1e6)"}, 1, "", "not enough memory in main chunk"},
		{"a sandbox", []string{"-profile", "sandbox", "-e", "print(1)"}, 1, "", "attempt to call global 'print' (a nil value)"},
		{"a bench", []string{"-bench", "-seconds", "0.01", file}, 0, "ns/call", ""},
		{"modules of Go", []string{"-e", `print(require"lpeg".match("a", "a"), require"re".match("a", "{.}"), require"cjson".encode{1}, require"struct".size"i", require"bit".band(7, 3))`}, 0, "2\ta\t[1]\t4\t3\n", ""},
		{"modules of Go in a sandbox", []string{"-profile", "sandbox", "-e", `assert(require"cjson".decode"[null]"[1] == nil and require"lpeg" == lpeg)`}, 0, "", ""},
		{"no file", []string{filepath.Join(dir, "none.lua")}, 1, "", "no such file"},
		{"nothing", nil, 2, "", "Usage"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr strings.Builder
			code := Run(tt.args, strings.NewReader(""), &stdout, &stderr)
			if code != tt.code || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("lua %q: code %d\nstdout %q\nstderr %q\nwant code %d, %q, %q", tt.args, code, stdout.String(), stderr.String(), tt.code, tt.stdout, tt.stderr)
			}
		})
	}
}
