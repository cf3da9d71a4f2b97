package socket

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/lua"
)

// run runs a script with the module and a port, and returns what it prints.
func run(t *testing.T, port int, src string) (string, error) {
	t.Helper()
	var out strings.Builder
	vm := lua.New(lua.Options{Stdout: &out})
	Open(vm)
	defer vm.Close()
	vm.SetGlobal("port", lua.Int(port))
	err := vm.Do("=test", "local socket = require 'socket' "+src)
	return out.String(), err
}

func mustRun(t *testing.T, port int, src, want string) {
	t.Helper()
	got, err := run(t, port, src)
	if err != nil || got != want {
		t.Errorf("%s\nprints %q, %v\nwant   %q", src, got, err, want)
	}
}

func portOf(a net.Addr) int {
	_, p, _ := net.SplitHostPort(a.String())
	n, _ := strconv.Atoi(p)
	return n
}

func TestClient(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					line, err := r.ReadString('\n')
					if err != nil {
						return
					}
					switch line {
					case "echo\n":
						io.WriteString(c, "one\r\ntwo\nthree")
						return
					case "part\n":
						io.WriteString(c, "half")
					}
				}
			}()
		}
	}()
	port := portOf(l.Addr())
	mustRun(t, port, `local c = assert(socket.connect("127.0.0.1", port)) print(c:send("echo\n")) print(c:receive()) print(c:receive(2)) print(c:receive("*a")) print(c:receive())`,
		"5\none\ntw\no\nthree\nnil\tclosed\t\n")
	mustRun(t, port, `local c = socket.tcp() c:settimeout(0.05) print(c:connect("127.0.0.1", port)) c:send("part\n") print(c:receive()) print(c:receive()) print(c:getpeername()) print(c:close(), c:send("x"), (c:receive()))`,
		"1\nnil\ttimeout\thalf\nnil\ttimeout\t\n127.0.0.1\t"+strconv.Itoa(port)+"\n1\tnil\tnil\n")
	mustRun(t, port, `local c = socket.connect("127.0.0.1", port) print(c:send("xecho\n", 2, -1)) print(c:receive("*l", ">"))`, "6\n>one\n")
	l.Close()
	mustRun(t, port, `print(socket.connect("127.0.0.1", port))`, "nil\tconnection refused\n")
	if _, err := run(t, port, `socket.tcp():receive("*x")`); err == nil {
		t.Error("a bad pattern is taken")
	}
}

func TestServerAndUDP(t *testing.T) {
	mustRun(t, 0, `
		local s = assert(socket.bind("127.0.0.1", 0)) local _, p = s:getsockname()
		local c = assert(socket.connect("127.0.0.1", p)) local a = assert(s:accept())
		a:send("hi\n") print(c:receive()) a:close() print(c:receive()) s:settimeout(0.01) print(s:accept())`,
		"hi\nnil\tclosed\t\nnil\ttimeout\n")
	mustRun(t, 0, `
		local r, s = socket.udp(), socket.udp() assert(r:setsockname("127.0.0.1", 0)) local _, p = r:getsockname()
		assert(s:setpeername("127.0.0.1", p)) print(s:send("a")) print(r:receive()) assert(socket.udp():sendto("b", "127.0.0.1", p)) local d, ip, from = r:receivefrom() print(d, ip, from > 0)
		r:settimeout(0.01) print(r:receive())`,
		"1\na\nb\t127.0.0.1\ttrue\nnil\ttimeout\n")
}

// A call that waits ends when the script is to end.
func TestInterrupt(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	for _, src := range []string{`socket.connect("127.0.0.1", port):receive()`, `socket.bind("127.0.0.1", 0):accept()`, `socket.sleep(100)`, `local u = socket.udp() u:setsockname("127.0.0.1", 0) u:receive()`} {
		vm := lua.New(lua.Options{})
		Open(vm)
		vm.SetGlobal("port", lua.Int(portOf(l.Addr())))
		stop := errors.New("stop")
		time.AfterFunc(20*time.Millisecond, func() { vm.Interrupt(stop) })
		began := time.Now()
		if err := vm.Do("=test", "local socket = require 'socket' "+src); !errors.Is(err, stop) {
			t.Errorf("%s: %v", src, err)
		}
		if d := time.Since(began); d > 5*time.Second {
			t.Errorf("%s: ends after %v", src, d)
		}
		vm.Close()
	}
}

// What is received counts as memory.
func TestMemory(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			b := make([]byte, 1<<20)
			for {
				if _, err := c.Write(b); err != nil {
					return
				}
			}
		}
	}()
	vm := lua.New(lua.Options{Memory: 4 << 20})
	Open(vm)
	defer vm.Close()
	vm.SetGlobal("port", lua.Int(portOf(l.Addr())))
	if err := vm.Do("=test", `require("socket").connect("127.0.0.1", port):receive("*a")`); !errors.Is(err, lua.ErrMemory) {
		t.Errorf("an endless body: %v", err)
	}
}
