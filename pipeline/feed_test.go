package pipeline

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// framed renders messages from..to with padded payloads.
func framed(from, to int) []byte {
	b := message.NewBuilder(0)
	for i := from; i < to; i++ {
		b.Begin(&message.Header{Timestamp: int64(i + 1), Type: fmt.Sprint("t", i%2), Severity: 6, Payload: padded(i)})
		b.End()
	}
	return b.Buffer()
}

func (r *running) ready(t testing.TB) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); !r.Running(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("engine does not start")
		}
	}
}

func TestFedMessagesAreRoutedAndCounted(t *testing.T) {
	const count = 5000
	p := newPlan(t)
	out := newSink()
	p.output("out", "Type == 't0'", out.deliver)
	r := p.run()
	r.ready(t)
	f, err := r.Feed(context.Background(), FeedOptions{Acked: true})
	if err != nil {
		t.Fatal(err)
	}
	data := append([]byte("noise"), framed(0, count)...)
	for len(data) > 0 {
		n := min(len(data), 777)
		if _, err := f.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	res, err := f.Close()
	if want := (FeedResult{Messages: count, Untaken: count / 2, Skipped: 5}); err != nil || res != want {
		t.Errorf("Close = %+v, %v, want %+v", res, err, want)
	}
	if n := out.len(); n != count/2 {
		t.Errorf("%d messages arrived before Close returned, want %d", n, count/2)
	}
	if text := r.Report().Text(); !strings.Contains(text, feedName) || !strings.Contains(text, "output out: received 2500 = delivered 2500 + held 0 + dropped 0") {
		t.Errorf("the report lacks the feed or the account:\n%s", text)
	}
	r.finish(t)
	if _, err := r.Feed(context.Background(), FeedOptions{}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("a feed after the stop = %v", err)
	}
}

func TestAFeedEndsWithTheEngine(t *testing.T) {
	p := newPlan(t)
	stuck := newGated()
	p.output("stuck", "TRUE", stuck.deliver)
	p.plan.Globals.ShutdownTimeout = time.Second
	r := p.run()
	r.ready(t)
	f, err := r.Feed(context.Background(), FeedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	block := framed(0, 1000)
	wrote := make(chan error, 1)
	go func() {
		for {
			if _, err := f.Write(block); err != nil {
				f.Close()
				wrote <- err
				return
			}
		}
	}()
	for limit := time.Now().Add(10 * time.Second); !r.workers["output/stuck"].r.in.over(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the queue never filled")
		}
	}
	r.finish(t)
	if err := <-wrote; !errors.Is(err, ErrNotRunning) {
		t.Errorf("Write = %v, want ErrNotRunning", err)
	}
}

func TestRequeuedLettersGoToThePluginThatRefusedThem(t *testing.T) {
	const count = 50
	p := withJournal(newPlan(t), t.TempDir())
	var willing atomic.Bool
	fussy, other := newSink(), newSink()
	p.output("fussy", "TRUE", func(ctx context.Context, in []message.Selection) error {
		if willing.Load() {
			return fussy.deliver(ctx, in)
		}
		for k := range in {
			for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
				in[k].Refuse(i, "not in the mood")
			}
		}
		return nil
	})
	p.output("other", "TRUE", other.deliver)
	p.input("in", "LineSplitter", "", feed(count, padded))
	r := p.run()
	other.wait(t, count)
	held := func() int64 { return r.letters.Account().Held.Messages }
	for limit := time.Now().Add(10 * time.Second); held() < count; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("%d dead letters, want %d", held(), count)
		}
	}
	ctx := context.Background()

	// Refused once more, they are dead letters again, under new numbers.
	res, err := r.Requeue(ctx, nil, false)
	if err != nil || res.Sent != count {
		t.Fatalf("Requeue = %+v, %v", res, err)
	}
	for limit := time.Now().Add(10 * time.Second); r.letters.Account().In.Messages < 2*count; time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the letters did not come back")
		}
	}
	willing.Store(true)
	var first uint64
	for l, err := range r.letters.List() {
		if err != nil {
			t.Fatal(err)
		}
		first = l.ID
		break
	}
	if n, err := r.DropLetters([]uint64{first}); n != 1 || err != nil {
		t.Errorf("DropLetters = %d, %v", n, err)
	}
	if _, err := r.Requeue(ctx, []uint64{first}, false); !errors.Is(err, journal.ErrNoLetter) {
		t.Errorf("requeue of a letter that is gone = %v", err)
	}
	if res, err = r.Requeue(ctx, nil, false); err != nil || res.Sent != count-1 {
		t.Fatalf("Requeue = %+v, %v", res, err)
	}
	fussy.wait(t, count-1)
	if n := other.len(); n != count {
		t.Errorf("the other output got %d messages, want %d: a requeue is for one plugin", n, count)
	}
	if n := held(); n != 0 {
		t.Errorf("%d dead letters are left", n)
	}
	text := r.Report().Text()
	for _, want := range []string{"JournalSize: ", "DeadLettersSettled: 100", "(100 dead letter)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	r.finish(t)
}

func TestLettersOfNobodyStay(t *testing.T) {
	p := withJournal(newPlan(t), t.TempDir())
	p.output("out", "Type == 'x'", newSink().deliver)
	r := p.run()
	r.ready(t)
	msg := message.Unframe(framed(0, 1))
	for _, l := range []*journal.Letter{
		{Plugin: "gone", Reason: "r", Message: msg},
		{Plugin: "gone", Reason: "r", Raw: true, Message: []byte("raw")},
	} {
		if err := r.letters.AddLetter(context.Background(), l); err != nil {
			t.Fatal(err)
		}
	}
	res, err := r.Requeue(context.Background(), nil, false)
	if err != nil || res.Sent != 0 || res.Left != 2 {
		t.Errorf("Requeue = %+v, %v, want both left", res, err)
	}
	if res, err = r.Requeue(context.Background(), nil, true); err != nil || res.Left != 2 {
		t.Errorf("Requeue with reroute = %+v, %v, want both left", res, err)
	}
	r.finish(t)
}

func TestUndecodableLettersAreDecodedAgain(t *testing.T) {
	p := withJournal(newPlan(t), t.TempDir())
	out := newSink()
	p.output("out", "TRUE", out.deliver)
	p.input("in", "LineSplitter", "EvenDecoder", func(ctx context.Context, h plugin.Host) error { <-ctx.Done(); return nil })
	r := p.run()
	r.ready(t)
	for _, data := range []string{"even", "odd"} {
		if err := r.letters.AddLetter(context.Background(), &journal.Letter{Plugin: "in", Reason: "r", Raw: true, Message: []byte(data)}); err != nil {
			t.Fatal(err)
		}
	}
	res, err := r.Requeue(context.Background(), nil, false)
	if err != nil || res.Sent != 1 || res.Left != 1 || out.len() != 1 {
		t.Errorf("Requeue = %+v, %v with %d delivered, want one sent and one left", res, err, out.len())
	}
	r.finish(t)
}

// A connection that breaks within a frame acknowledges only what came whole: the
// sender begins again where the last frame ended, and counts from there.
func TestPositionsStopBeforeAnUnfinishedRecord(t *testing.T) {
	p := newPlan(t)
	out := newSink()
	var acked atomic.Uint64
	whole := framed(0, 10)
	p.input("in", "FramedSplitter", "RawDecoder", func(ctx context.Context, h plugin.Host) error {
		s, err := h.Open(plugin.StreamOptions{Acked: func(pos uint64) { acked.Store(pos) }})
		if err != nil {
			return err
		}
		s.Write(append(whole[:len(whole):len(whole)], framed(10, 11)[:100]...))
		s.Close()
		<-ctx.Done()
		return nil
	})
	p.output("out", "TRUE", out.deliver)
	r := p.run()
	out.wait(t, 10)
	r.finish(t)
	if got := acked.Load(); got != uint64(len(whole)) {
		t.Errorf("acknowledged up to %d, want %d: the end of the last whole frame", got, len(whole))
	}
}

// TestWhatAFrameAsksOfThisHopGoesNoFurther: a frame whose header says more than the
// length, such as one that asks for acknowledgements, leaves as a plain one: its
// sender has no say in what the next hop is asked.
func TestWhatAFrameAsksOfThisHopGoesNoFurther(t *testing.T) {
	p := newPlan(t)
	var odd, all atomic.Int64
	p.output("out", "TRUE", func(_ context.Context, in []message.Selection) error {
		for k := range in {
			for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
				all.Add(1)
				if fr := in[k].Frame(i); !bytes.Equal(fr, message.AppendFrame(nil, in[k].At(i))) {
					odd.Add(1)
				}
			}
		}
		return nil
	})
	r := p.run()
	r.ready(t)
	f, err := r.Feed(context.Background(), FeedOptions{Acked: true})
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	var g message.Frame
	for b, i := framed(0, 300), 0; message.NextFrame(b, i, 1<<16, &g); i = g.End {
		msg := b[g.Start:g.End]
		switch g.End % 3 {
		case 0:
			data = message.AppendFrame(data, msg)
			continue
		case 1: // a session and a position behind the length
			h := binary.AppendUvarint([]byte{1 << 3}, uint64(len(msg)))
			h = append(append(h, 14<<3|2, 16), make([]byte, 16)...)
			h = append(h, 15<<3, 0xff, 0xff, 0x7f)
			data = append(append(data, message.RecordSeparator, byte(len(h))), h...)
		case 2: // a length that is longer than need be
			data = append(data, message.RecordSeparator, 4, 1<<3, byte(len(msg))|0x80, byte(len(msg)>>7)|0x80, 0)
		}
		data = append(append(data, message.UnitSeparator), msg...)
	}
	f.Write(data)
	if res, err := f.Close(); err != nil || res.Messages != 300 || res.Skipped != 0 {
		t.Errorf("Close = %+v, %v", res, err)
	}
	if all.Load() != 300 || odd.Load() != 0 {
		t.Errorf("%d of %d frames left with a header that says more than the length", odd.Load(), all.Load())
	}
	r.finish(t)
}
