package tcp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin/plugintest"
)

const someSession = "00112233445566778899aabbccddeeff"

func TestParseHello(t *testing.T) {
	for _, tt := range []struct {
		line string
		pos  uint64
		ok   bool
	}{
		{ackMagic + someSession + " 0", 0, true},
		{ackMagic + someSession + " 12345", 12345, true},
		{ackMagic + someSession + " -1", 0, false},
		{ackMagic + someSession + " 99999999999999999999", 0, false},
		{ackMagic + someSession, 0, false},
		{ackMagic + "xyz 0", 0, false},
		{"HEKA-ACK 2 " + someSession + " 0", 0, false},
		{"", 0, false},
	} {
		id, pos, ok := parseHello(tt.line)
		if ok != tt.ok || ok && (pos != tt.pos || id != someSession) {
			t.Errorf("parseHello(%q) = %q, %d, %v; want %d, %v", tt.line, id, pos, ok, tt.pos, tt.ok)
		}
	}
}

func FuzzHello(f *testing.F) {
	f.Add([]byte(ackMagic + someSession + " 7\nframes"))
	f.Add([]byte("\x1e\x02\x08\x00\x1f"))
	f.Add([]byte("HEKA-ACK 1 and then\nsomething else"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		head, id, _, _ := hello(r.Read)
		rest, _ := io.ReadAll(r)
		if id == "" && !bytes.Equal(append(head, rest...), stream) {
			t.Fatalf("bytes of a plain sender are changed: %q + %q from %q", head, rest, stream)
		}
		if id != "" && len(stream)-len(rest) > maxHello {
			t.Fatalf("more than the line was read")
		}
	})
}

func TestReceiverAcknowledgesWhatIsDelivered(t *testing.T) {
	host := &plugintest.Host{}
	host.Hold()
	_, address, _ := start(t, InputConfig{Net: "tcp", Address: "127.0.0.1:0"}, testEnv(), host)
	c := dial(t, "tcp", address)
	line := func() string {
		t.Helper()
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		var out []byte
		var b [1]byte
		for {
			if _, err := io.ReadFull(c, b[:]); err != nil {
				t.Fatal(err)
			}
			if b[0] == '\n' {
				return string(out)
			}
			out = append(out, b[0])
		}
	}
	fmt.Fprintf(c, "%s%s 100\nabc", ackMagic, someSession)
	if got := line(); got != ackOK+"100" {
		t.Fatalf("answer %q", got)
	}
	host.Wait(t, 1)
	c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if n, _ := c.Read(make([]byte, 1)); n > 0 {
		t.Error("acknowledged before it was delivered")
	}
	host.Release()
	if got := line(); got != "103" {
		t.Errorf("position %q, want 103", got)
	}
	c.Close()
	c = dial(t, "tcp", address)
	fmt.Fprintf(c, "%s%s 100\nabcdef", ackMagic, someSession)
	if got := line(); got != ackOK+"103" {
		t.Errorf("after a break the answer is %q, want position 103", got)
	}
	if got := host.Wait(t, 2)[1].Data; got != "def" {
		t.Errorf("%q came after the break, want def alone: abc had come before", got)
	}
}

// receiver is a peer whose answers a test writes.
func receiver(t *testing.T, serve func(n int, c net.Conn)) string {
	l := listen(t, "tcp", "127.0.0.1:0")
	go func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(n, c)
			c.Close()
		}
	}()
	return l.Addr().String()
}

func TestSenderSendsAgainOnlyWhatIsNotAcknowledged(t *testing.T) {
	in := plugintest.Select(func(int) bool { return true }, plugintest.Payloads("one", "two", "three")...)
	first := uint64(len(in.Frame(0)))
	var second []byte
	done := make(chan struct{})
	address := receiver(t, func(n int, c net.Conn) {
		head, id, pos, err := hello(c.Read)
		if id == "" || pos != uint64(n)*first {
			t.Errorf("connection %d: hello %q %d %v", n, head, pos, err)
		}
		if n == 0 { // takes all, acknowledges the first, breaks
			fmt.Fprintf(c, "%s0\n", ackOK)
			io.CopyN(io.Discard, c, int64(in.Size()))
			fmt.Fprintf(c, "%d\n", first)
			return
		}
		fmt.Fprintf(c, "%s%d\n", ackOK, first)
		second = make([]byte, uint64(in.Size())-first)
		io.ReadFull(c, second)
		fmt.Fprintf(c, "%d\n", in.Size())
		close(done)
		io.Copy(io.Discard, c)
	})
	o := output(t, OutputConfig{Address: address, Acknowledge: "auto"}, asIs{}, true)
	sels := []message.Selection{*in}
	ctx := context.Background()
	if err := o.Deliver(ctx, sels); err == nil || !strings.Contains(err.Error(), "before all was acknowledged") {
		t.Fatalf("Deliver over a connection that breaks = %v", err)
	}
	if err := o.Deliver(ctx, sels); err != nil {
		t.Fatalf("Deliver again = %v", err)
	}
	<-done
	if want := in.Run(1, 3); !bytes.Equal(second, want) {
		t.Errorf("sent again %d bytes, want the %d of the last two messages", len(second), len(want))
	}
}

func TestSenderInsistsWhereItIsTold(t *testing.T) {
	address := receiver(t, func(_ int, c net.Conn) { fmt.Fprint(c, "220 welcome\n"); io.Copy(io.Discard, c) })
	o := output(t, OutputConfig{Address: address, Acknowledge: "always"}, asIs{}, true)
	in := plugintest.Select(func(int) bool { return true }, plugintest.Payloads("one")...)
	err := o.Deliver(context.Background(), []message.Selection{*in})
	if err == nil || !strings.Contains(err.Error(), "does not acknowledge") {
		t.Errorf("Deliver to a plain receiver = %v", err)
	}
}

func TestSessionsAreBounded(t *testing.T) {
	var s sessions
	for i := range maxSession + 10 {
		s.join(fmt.Sprint(i), uint64(i), time.Unix(int64(i), 0))
	}
	if len(s.m) != maxSession {
		t.Errorf("%d sessions are remembered, want %d", len(s.m), maxSession)
	}
	if _, ok := s.m["0"]; ok {
		t.Error("the oldest session is kept")
	}
}
