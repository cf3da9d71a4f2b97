package plugintest

import (
	"errors"
	"testing"

	"github.com/heka-project/heka/plugin"
)

func TestStreamSplitsAndAcknowledges(t *testing.T) {
	h := &Host{Splitter: Lines{}, Space: 8}
	var acked []uint64
	s, err := h.Open(plugin.StreamOptions{Name: "a", FlushWhole: true, Acked: func(p uint64) { acked = append(acked, p) }})
	if err != nil {
		t.Fatal(err)
	}
	h.Hold()
	s.Write([]byte("one\ntwo\nthr"))
	if got := s.Pos(); got != 8 {
		t.Errorf("Pos() = %d, want 8", got)
	}
	s.Send()
	if len(acked) != 0 {
		t.Errorf("acknowledged %v while held", acked)
	}
	h.Release()
	s.Write([]byte("ee"))
	s.Flush()
	s.Send()
	if len(acked) != 2 || acked[0] != 8 || acked[1] != 13 {
		t.Errorf("acknowledged %v, want [8 13]", acked)
	}
	got := h.Wait(t, 3)
	for i, want := range []string{"one\n", "two\n", "three"} {
		if got[i].Data != want {
			t.Errorf("record %d = %q, want %q", i, got[i].Data, want)
		}
	}
}

func TestStreamPoisonsWhatMayNotBeKept(t *testing.T) {
	h := &Host{}
	s, _ := h.Open(plugin.StreamOptions{})
	buf, _ := s.Grab()
	copy(buf, "abc")
	s.Commit(3)
	if buf[0] != Poison {
		t.Errorf("byte after Commit = %#x, want %#x", buf[0], Poison)
	}
	h.Stop()
	if _, err := s.Grab(); !errors.Is(err, plugin.ErrStopped) {
		t.Errorf("Grab on a stopped host: %v, want ErrStopped", err)
	}
}

func TestBuilderAndEmitter(t *testing.T) {
	h := &Host{}
	s, _ := h.Open(plugin.StreamOptions{})
	b := s.Builder()
	b.Begin(s.Default())
	b.Payload = "x"
	if err := b.End(); err != nil {
		t.Fatal(err)
	}
	s.Send()
	if r := h.Wait(t, 1); r[0].Message == nil || r[0].Data != "x" {
		t.Errorf("built message arrived as %+v", r[0])
	}
	var e Emitter
	e.Begin().Payload = "y"
	if err := e.Inject(); err != nil || e.Injected[0].Payload != "y" {
		t.Errorf("injected %+v, %v", e.Injected, err)
	}
	sel := Select(func(i int) bool { return i != 1 }, Payloads("a", "b", "c")...)
	if sel.Len() != 2 {
		t.Errorf("selected %d, want 2", sel.Len())
	}
}
