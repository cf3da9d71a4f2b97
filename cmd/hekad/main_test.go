package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/message"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"hekad": main, "heka-cat": main, "heka-inject": main, "heka-flood": main, "heka-logstreamer": main, "heka-sbmgr": main, "heka-sbmgrload": main,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			source, err := os.Getwd()
			e.Setenv("SOURCE", filepath.Join(source, "..", ".."))
			e.Vars = append(e.Vars, goEnv()...)
			e.Setenv("PORT", freeAddress())
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"frames": writeFrames, "listen": listen, "received": received, "exitcode": exitcode, "damage": damage,
			"ready": ready, "waitfor": waitfor,
		},
	})
}

// goEnv is what the go command needs to find its caches: scripts have no home.
var goEnv = sync.OnceValue(func() []string {
	var vars []string
	for _, name := range []string{"GOCACHE", "GOPATH", "GOMODCACHE", "GOPROXY", "GOFLAGS"} {
		if v, err := exec.Command("go", "env", name).Output(); err == nil {
			vars = append(vars, name+"="+strings.TrimSpace(string(v)))
		}
	}
	return vars
})

// exitcode CODE PROGRAM ARGS… runs a program that must end with that code.
func exitcode(ts *testscript.TestScript, _ bool, args []string) {
	want := args[0]
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != want {
		ts.Fatalf("%s ended with %s, want %s", strings.Join(args[1:], " "), got, want)
	}
}

// frames FILE MESSAGE… writes framed messages, each given as space-separated
// key=value: headers by their names, anything else a field, an integer where it
// is a number.
func writeFrames(ts *testscript.TestScript, _ bool, args []string) {
	var out []byte
	for i, text := range args[1:] {
		d := message.Draft{UUID: [16]byte{15: byte(i + 1)}, Header: message.Header{Timestamp: 1e18 + int64(i), Severity: 7}}
		for kv := range strings.FieldsSeq(text) {
			k, v, _ := strings.Cut(kv, "=")
			n, err := strconv.ParseInt(v, 10, 64)
			switch {
			case k == "Type":
				d.Type = v
			case k == "Logger":
				d.Logger = v
			case k == "Payload":
				d.Payload = v
			case k == "Hostname":
				d.Hostname = v
			case k == "EnvVersion":
				d.EnvVersion = v
			case k == "Severity":
				d.Severity = int32(n)
			case k == "Pid":
				d.Pid = int32(n)
			case err == nil:
				d.Fields = append(d.Fields, message.NewField(k, n, ""))
			default:
				d.Fields = append(d.Fields, message.NewField(k, v, ""))
			}
		}
		out = message.AppendFrame(out, d.Encode())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o644))
}

// damage FILE OFFSET… flips all bits of those bytes.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	b := []byte(ts.ReadFile(args[0]))
	for _, a := range args[1:] {
		i, err := strconv.Atoi(a)
		ts.Check(err)
		b[i] ^= 0xff
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

// listen NAME FILE accepts one TCP connection at the address that it puts into
// the environment as NAME, and writes what comes to FILE.
func listen(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	name, file := args[0], ts.MkAbs(args[1])
	ts.Setenv(name, l.Addr().String())
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			var b []byte
			b, err = io.ReadAll(c)
			c.Close()
			if err == nil {
				err = os.WriteFile(file, b, 0o644)
			}
		}
		done <- err
	}()
	mu.Lock()
	connections[l.Addr().String()] = done
	mu.Unlock()
	ts.Defer(func() { l.Close() })
}

var (
	mu          sync.Mutex
	connections = map[string]chan error{} // by address; guarded by mu
)

// received NAME waits for the end of the connection to that listener.
func received(ts *testscript.TestScript, _ bool, args []string) {
	mu.Lock()
	done := connections[ts.Getenv(args[0])]
	mu.Unlock()
	if done == nil {
		ts.Fatalf("nothing listens as %s", args[0])
	}
	ts.Check(<-done)
}

// freeAddress is one that nobody listens at now.
func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "127.0.0.1:0"
	}
	defer l.Close()
	return l.Addr().String()
}

const patience = 30 * time.Second

// ready waits until the daemon answers at its admin socket in the folder data.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	c := admin.NewClient(ts.MkAbs("data/"+args[0]), "")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := c.Get("/ready"); err == nil {
			return
		}
	}
	ts.Fatalf("no daemon is ready at %s", args[0])
}

// waitfor FILE REGEXP waits until the file holds a match.
func waitfor(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(args[1])
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && re.Match(b) {
			return
		}
	}
	ts.Fatalf("%s never held %s", args[0], args[1])
}
