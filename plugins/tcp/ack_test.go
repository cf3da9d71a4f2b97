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

var someSession = [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

func FuzzGreet(f *testing.F) {
	f.Add(appendAsking(nil, []byte("message"), someSession, 7))
	f.Add(message.AppendFrame(nil, []byte("message")))
	f.Add([]byte("\x1e\xff plain text"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := bytes.NewReader(stream)
		g, err := greet(r.Read)
		rest, _ := io.ReadAll(r)
		if !g.asks && !bytes.Equal(append(g.head, rest...), stream) {
			t.Fatalf("bytes of a plain sender are changed: %q + %q from %q (%v)", g.head, rest, stream, err)
		}
		if g.asks && (len(g.head) > 10 || g.pos >= 1<<63) {
			t.Fatalf("greeting %+v of %q", g, stream)
		}
	})
}

// TestAskingFrameIsOneToOthers: who knows nothing of acknowledgements reads the
// frame like any other.
func TestAskingFrameIsOneToOthers(t *testing.T) {
	b := appendAsking(nil, []byte("the message"), someSession, 1<<40)
	var f message.Frame
	if !message.NextFrame(b, 0, 1<<16, &f) || f.Skipped != 0 || f.Signed || string(b[f.Start:f.End]) != "the message" || f.End != len(b) {
		t.Errorf("frame %x reads as %+v", b, f)
	}
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
	frame := func(msg string) int { return len(message.AppendFrame(nil, []byte(msg))) }
	c.Write(appendAsking(nil, []byte("abc"), someSession, 100))
	if got := line(); got != ackOK+"100" {
		t.Fatalf("answer %q", got)
	}
	host.Wait(t, 1)
	c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if n, _ := c.Read(make([]byte, 1)); n > 0 {
		t.Error("acknowledged before it was delivered")
	}
	host.Release()
	end := 100 + frame("abc")
	if got := line(); got != fmt.Sprint(end) {
		t.Errorf("position %q, want %d", got, end)
	}
	c.Close()
	c = dial(t, "tcp", address)
	c.Write(message.AppendFrame(appendAsking(nil, []byte("abc"), someSession, 100), []byte("defg")))
	if got := line(); got != ackOK+fmt.Sprint(end) {
		t.Errorf("after a break the answer is %q, want position %d", got, end)
	}
	if got := host.Wait(t, 2)[1].Data; got != string(message.AppendFrame(nil, []byte("defg"))) {
		t.Errorf("%q came after the break, want defg alone: abc had come before", got)
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
		g, err := greet(c.Read)
		if !g.asks || g.pos != uint64(n)*first {
			t.Errorf("connection %d: %+v %v", n, g, err)
		}
		if n == 0 { // takes all, acknowledges the first, breaks
			fmt.Fprintf(c, "%s0\n", ackOK)
			io.CopyN(io.Discard, c, int64(in.Size()-len(g.head)))
			fmt.Fprintf(c, "%d\n", first)
			return
		}
		fmt.Fprintf(c, "%s%d\n", ackOK, first)
		second = append(second, g.head...)
		rest := make([]byte, in.Size()-int(first)-len(g.head))
		io.ReadFull(c, rest)
		second = append(second, rest...)
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
