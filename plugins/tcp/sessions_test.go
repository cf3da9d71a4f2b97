package tcp

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// TestSessionsAreBounded: who comes with ever new sessions loses sessions of its own.
func TestSessionsAreBounded(t *testing.T) {
	var s sessions
	for i := range 500 {
		s.join([16]byte{1, byte(i), byte(i >> 8)}, fmt.Sprint(i%100), uint64(i), time.Unix(int64(i), 0))
	}
	for i := range 2 * maxSession {
		s.join([16]byte{2, byte(i), byte(i >> 8)}, "evil", uint64(i), time.Unix(1000+int64(i), 0))
		if len(s.m) > maxSession {
			t.Fatalf("%d sessions are remembered, want at most %d", len(s.m), maxSession)
		}
	}
	for i := range 500 {
		if _, pos := s.join([16]byte{1, byte(i), byte(i >> 8)}, "", 0, time.Unix(9999, 0)); pos != uint64(i) {
			t.Fatalf("session %d is at %d", i, pos)
		}
	}
	if _, ok := s.m[[16]byte{2}]; ok {
		t.Error("the oldest session is kept")
	}
	if n, gone := s.figures(); n+int(gone) != 500+2*maxSession {
		t.Errorf("%d sessions are remembered and %d forgotten", n, gone)
	}
}

func TestOwners(t *testing.T) {
	tcp := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	a := ownerOf(nil, tcp("192.0.2.7:1000"))
	for _, tt := range []struct {
		name    string
		subject string
		peer    net.Addr
		same    bool
	}{
		{"another port", "", tcp("192.0.2.7:2000"), true},
		{"the same address in IPv6", "", tcp("[::ffff:192.0.2.7]:1000"), true},
		{"another address", "", tcp("192.0.2.8:1000"), false},
		{"a certificate", "CN=x", tcp("192.0.2.7:1000"), false},
		{"a unix socket", "", &net.UnixAddr{Net: "unix"}, false},
	} {
		if got := ownerOf([]byte(tt.subject), tt.peer); (got == a) != tt.same || len(got) != 8 || strings.Contains(got, "/") {
			t.Errorf("%s: owner %q, the first is %q", tt.name, got, a)
		}
	}
	if ownerOf(nil, tcp("[2001:db8::1]:1")) != ownerOf(nil, tcp("[2001:db8::2]:1")) || ownerOf(nil, tcp("[2001:db8:1::1]:1")) == ownerOf(nil, tcp("[2001:db8::1]:1")) {
		t.Error("an owner of IPv6 addresses is not their first half")
	}
	if of([]byte("CN=x"), someSession) == someSession || of(nil, someSession) != someSession {
		t.Error("who has a certificate shares a session with who has none")
	}
}

// ask sends one message and returns the answer.
func ask(t *testing.T, address, msg string, pos uint64) string {
	t.Helper()
	c := dial(t, "tcp", address)
	defer c.Close()
	c.Write(appendAsking(nil, []byte(msg), someSession, pos))
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 100)
	n := 0
	for want := 1; n < len(b) && bytes.Count(b[:n], []byte("\n")) < want; {
		k, err := c.Read(b[n:])
		if n += k; err != nil {
			t.Fatal(err)
		}
	}
	return strings.TrimSpace(string(b[:n]))
}

// TestAReceiverRemembersOverItsRestart: what was acknowledged before the stop is not
// asked for again, and the stream is the same life.
func TestAReceiverRemembersOverItsRestart(t *testing.T) {
	env := testEnv()
	env.BaseDir, env.FS = t.TempDir(), fsx.OS{}
	host := &plugintest.Host{}
	in, address, stop := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, env, host)
	if got := ask(t, address, "abc", 100); !strings.HasPrefix(got, ackOK+"100") {
		t.Fatalf("answer %q", got)
	}
	end := 100 + uint64(len(message.AppendFrame(nil, []byte("abc"))))
	host.Until(t, "the acknowledgement", func() bool {
		s := in.sessions.Load()
		return s.position(s.m[someSession]) == end
	})
	stop()
	in.Stop()
	_, address, _ = start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, env, host)
	if got := ask(t, address, "abc", 100); got != fmt.Sprint(ackOK, end) {
		t.Errorf("after a restart the answer is %q, want position %d", got, end)
	}
	host.Until(t, "the second stream", func() bool { return true })
	for i, s := range host.Streams() {
		o := s.Options()
		if from := []uint64{100, end}[i]; o.Life == "" || o.Life != host.Streams()[0].Options().Life || !strings.HasPrefix(o.Life, "tcp:") || o.From != from || !o.Waits {
			t.Errorf("stream %d: life %q from %d", i, o.Life, o.From)
		}
	}
}

// TestInputsShareWhatTheyRemember: an input that takes another's place in a reload
// knows its sessions before that one has stopped.
func TestInputsShareWhatTheyRemember(t *testing.T) {
	env := testEnv()
	env.BaseDir, env.FS = t.TempDir(), fsx.OS{}
	a := openSessions(env)
	x, _ := a.join(someSession, "00000000", 7, time.Unix(1, 0))
	b := openSessions(env)
	a.reach(x, 70)
	a.close()
	if _, pos := b.join(someSession, "00000000", 0, time.Unix(1, 0)); pos != 70 {
		t.Errorf("the second input is at %d", pos)
	}
	b.close()
	if tables.m[tableKey{env.FS, filepath.Join(env.BaseDir, "sessions", env.Name)}] != nil {
		t.Error("the sessions are kept for ever")
	}
}

func TestADamagedTableIsNoObstacle(t *testing.T) {
	env := testEnv()
	env.BaseDir, env.FS = t.TempDir(), fsx.OS{}
	os.MkdirAll(filepath.Join(env.BaseDir, "sessions"), 0o700)
	os.WriteFile(filepath.Join(env.BaseDir, "sessions", env.Name), []byte("HKTS\x01 nonsense"), 0o600)
	s := openSessions(env)
	if _, pos := s.join(someSession, "00000000", 5, time.Unix(1, 0)); pos != 5 {
		t.Errorf("position %d", pos)
	}
	s.close()
	s = openSessions(env)
	defer s.close()
	if _, pos := s.join(someSession, "00000000", 0, time.Unix(1, 0)); pos != 5 {
		t.Errorf("after the damage is written over the position is %d", pos)
	}
}

func FuzzSessions(f *testing.F) {
	f.Add(encodeSessions(map[[16]byte]*session{someSession: {id: someSession, owner: "01234567", pos: 1 << 40, used: 9}}))
	f.Add(encodeSessions(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 { // so that the checksum is no obstacle
			b = binary.LittleEndian.AppendUint32(b[:len(b)-4:len(b)-4], crc32.ChecksumIEEE(b[:len(b)-4]))
		}
		m, err := decodeSessions(b)
		if err != nil {
			return
		}
		again, err := decodeSessions(encodeSessions(m))
		if err != nil || len(again) != len(m) {
			t.Fatalf("%d sessions are %d again: %v", len(m), len(again), err)
		}
		for id, x := range m {
			if y := again[id]; y == nil || *y != *x {
				t.Fatalf("session %+v is %+v again", x, y)
			}
		}
	})
}

// lined makes a selection of messages whose batch begins there on a line.
func lined(line byte, at uint64, payloads ...string) message.Selection {
	in := plugintest.Select(func(int) bool { return true }, plugintest.Payloads(payloads...)...)
	in.Line, in.LineAt = [16]byte{line}, at
	if line == 0 {
		in.Line = [16]byte{}
	}
	return *in
}

// TestSessionsFollowTheJournal: what comes from a journal is sent under its session and
// position, and over another connection where it does not go on from what was before.
func TestSessionsFollowTheJournal(t *testing.T) {
	type greeted struct {
		session [16]byte
		pos     uint64
		bytes   []byte
	}
	heard := make(chan greeted, 10)
	address := receiver(t, func(_ int, c net.Conn) {
		g, err := greet(c.Read)
		if err != nil || !g.asks {
			t.Errorf("greeting %+v %v", g, err)
			return
		}
		fmt.Fprintf(c, "%s%d\n", ackOK, g.pos)
		got := g.head
		var f message.Frame
		for acked := uint64(0); ; {
			n := uint64(0)
			for i := 0; message.NextFrame(got, i, 1<<16, &f); i = f.End {
				n = uint64(f.End)
			}
			if n > acked {
				acked = n
				fmt.Fprintf(c, "%d\n", g.pos+n)
			}
			b := make([]byte, 1000)
			k, err := c.Read(b)
			if got = append(got, b[:k]...); err != nil {
				break
			}
		}
		heard <- greeted{g.session, g.pos, got}
	})
	o := output(t, OutputConfig{Address: address, Acknowledge: "always"}, asIs{}, true)
	a, b := lined(1, 700, "one", "two"), lined(1, 0, "three")
	b.LineAt = 700 + uint64(a.Size())
	deliver := func(in ...message.Selection) {
		t.Helper()
		if err := o.Deliver(context.Background(), in); err != nil {
			t.Fatal(err)
		}
	}
	deliver(a, b, lined(1, 5000, "four"), lined(2, 0, "five"), lined(0, 0, "six"))
	deliver(lined(0, 0, "seven"), lined(2, 9, "eight"))
	o.Stop()
	want := []greeted{
		{[16]byte{1}, 700, framesOf("one", "two", "three")},
		{[16]byte{1}, 5000, framesOf("four")},
		{[16]byte{2}, 0, framesOf("five")},
		{o.own.session, 0, framesOf("six", "seven")},
		{[16]byte{2}, 9, framesOf("eight")},
	}
	for i, w := range want {
		if g := <-heard; g.session != w.session || g.pos != w.pos || len(g.bytes) != len(w.bytes) {
			t.Errorf("connection %d: session %x at %d with %d bytes, want %x at %d with %d", i, g.session[:2], g.pos, len(g.bytes), w.session[:2], w.pos, len(w.bytes))
		}
	}
}

// framesOf are as long as those of the messages.
func framesOf(payloads ...string) []byte {
	in := plugintest.Select(func(int) bool { return true }, plugintest.Payloads(payloads...)...)
	return in.Frames()
}

var _ plugin.Stopper = (*Input)(nil)
