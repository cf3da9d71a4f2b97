package multi

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

// fake refuses records without its mark, and else cuts the record at it, adding
// a field to each piece.
type fake struct {
	mark    string
	stopped *int
}

var errMark = errors.New("no mark")

func (f fake) Decode(in *plugin.Record, out *message.Builder) error {
	if f.mark == "none" {
		return nil
	}
	if !strings.Contains(string(in.Data), f.mark) {
		in.Begin(out) // and forgotten
		return errMark
	}
	for part := range strings.SplitSeq(string(in.Data), f.mark) {
		in.Begin(out)
		out.Payload = part
		out.String("by", f.mark, "")
		if err := out.End(); err != nil {
			return err
		}
	}
	return nil
}

func (f fake) Stop() error { *f.stopped++; return nil }

func newDecoder(t *testing.T, strategy string, env plugin.Env, subs ...string) (*Decoder, *int) {
	t.Helper()
	stopped := new(int)
	env.Decoders = func(name string) (plugin.Decoder, error) {
		if name == "gone" {
			return nil, errors.New("no such section")
		}
		return fake{name, stopped}, nil
	}
	cfg := Config{Subs: subs, CascadeStrategy: strategy, LogSubErrors: env.Log != nil}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, env)
	if err != nil {
		t.Fatal(err)
	}
	return d.(*Decoder), stopped
}

func decode(d plugin.Decoder, in *plugin.Record) (string, error) {
	b := message.NewBuilder(0)
	err := d.Decode(in, b)
	var s []string
	var f message.Frame
	for i := 0; i < len(b.Buffer()) && message.NextFrame(b.Buffer(), i, 1<<20, &f); i = f.End {
		var v message.View
		v.Parse(b.Buffer()[f.Start:f.End], nil)
		m := v.Payload()
		for it := v.Fields(); it.Next(); {
			m += " " + it.Field().Text(0)
		}
		s = append(s, m)
	}
	return strings.Join(s, " | "), err
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name, strategy string
		subs           []string
		in, want       string
		err            error
	}{
		{"first that can", "first-wins", []string{"x", ",", ";"}, "a,b;c", "a , | b;c ,", nil},
		{"nobody can", "first-wins", []string{"x", "y"}, "a", "", ErrNone},
		{"one that makes nothing has had it", "first-wins", []string{"none", ","}, "a,b", "", nil},
		{"all, each on each", "all", []string{",", ";"}, "a;b,c", "a , ; | b , ; | c ,", nil},
		{"all, first refuses", "all", []string{"x", ",", ";"}, "a,b;c", "a , | b , ; | c , ;", nil},
		{"all, last refuses", "all", []string{",", "x"}, "a,b", "a , | b ,", nil},
		{"all, middle refuses", "all", []string{",", "x", ";"}, "a,b;c", "a , | b , ; | c , ;", nil},
		{"all, only the first of many", "all", []string{",", "x", "y", "z"}, "a,b", "a , | b ,", nil},
		{"all, nobody can", "all", []string{"x", "y", "z"}, "a", "", ErrNone},
		{"all, made into nothing", "all", []string{",", "none"}, "a,b", "", nil},
		{"all with one", "all", []string{","}, "a,b", "a , | b ,", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, stopped := newDecoder(t, tt.strategy, plugin.Env{}, tt.subs...)
			h := message.Header{Timestamp: 1}
			for range 2 {
				if got, err := decode(d, &plugin.Record{Data: []byte(tt.in), Default: &h}); got != tt.want || !errors.Is(err, tt.err) {
					t.Errorf("Decode(%q) = %q, %v, want %q, %v", tt.in, got, err, tt.want, tt.err)
				}
			}
			if d.Stop(); *stopped != len(tt.subs) {
				t.Errorf("%d decoders were stopped, want %d", *stopped, len(tt.subs))
			}
		})
	}
}

// A chain behind another decoder starts from its message.
func TestNested(t *testing.T) {
	d, _ := newDecoder(t, "all", plugin.Env{}, "x", ",")
	base := message.Draft{Header: message.Header{Payload: "a,b"}, Fields: []message.DraftField{message.NewField("f", "base", "")}}
	var v message.View
	v.Parse(base.Encode(), nil)
	if got, err := decode(d, &plugin.Record{Data: []byte("a,b"), Base: &v}); got != "a base , | b base ," || err != nil {
		t.Errorf("Decode = %q, %v", got, err)
	}
}

func TestAccountAndLog(t *testing.T) {
	var log bytes.Buffer
	sim := clock.NewSim(time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC))
	env := plugin.Env{Log: slog.New(slog.NewTextHandler(&log, nil)), Clock: sim}
	d, _ := newDecoder(t, "first-wins", env, "x", ",")
	for _, in := range []string{"a,b", "a", "x"} {
		decode(d, &plugin.Record{Data: []byte(in)})
	}
	sim.Advance(time.Minute)
	decode(d, &plugin.Record{Data: []byte("a")})
	var r plugin.Report
	d.Report(&r)
	var got []string
	for _, m := range r.Metrics {
		if strings.HasPrefix(m.Name, "ProcessMessageCount") || strings.HasPrefix(m.Name, "ProcessMessageFailures") {
			got = append(got, fmt.Sprint(m.Name, "=", m.Value))
		}
	}
	const want = "ProcessMessageCount=4 ProcessMessageFailures=2 ProcessMessageCount-x=4 ProcessMessageFailures-x=3 ProcessMessageCount-,=3 ProcessMessageFailures-,=2"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("report is %s\nwant %s", s, want)
	}
	if n := strings.Count(log.String(), "record refused"); n != 4 || !strings.Contains(log.String(), "unlogged=1") {
		t.Errorf("%d lines were logged, want 4:\n%s", n, log.String())
	}
}

func TestBadConfig(t *testing.T) {
	plugintest.BadOption(t, Config{}, "subs")
	_, err := New(Config{Subs: []string{"gone"}}, plugin.Env{Decoders: func(string) (plugin.Decoder, error) { return nil, errors.New("no such section") }})
	if err == nil || err.Error() != `make decoder "gone": no such section` {
		t.Errorf("New = %v", err)
	}
	refs := Config{Subs: []string{"a", "b"}}.References()
	if s := fmt.Sprint(refs); s != "[{decoder a subs[0]} {decoder b subs[1]}]" {
		t.Errorf("References = %s", s)
	}
}

// What nobody could read tells why of each.
func TestWhy(t *testing.T) {
	for _, strategy := range []string{"first-wins", "all"} {
		d, _ := newDecoder(t, strategy, plugin.Env{}, "x", "y")
		_, err := decode(d, &plugin.Record{Data: []byte("a")})
		if want := "no decoder of the list can read the record: x: no mark; y: no mark"; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", strategy, err, want)
		}
	}
}
