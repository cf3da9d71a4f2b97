package syslog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

var start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, plugin.Env{Clock: clock.NewSim(start)})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func decode(d plugin.Decoder, rec string) (message.Draft, error) {
	b := message.NewBuilder(0)
	h := message.Header{Type: "in", Hostname: "own", Severity: 7}
	if err := d.Decode(&plugin.Record{Data: []byte(rec), Default: &h}, b); err != nil {
		return message.Draft{}, err
	}
	var f message.Frame
	if !message.NextFrame(b.Buffer(), 0, 1<<20, &f) {
		return message.Draft{}, errors.New("no frame was written")
	}
	var v message.View
	if !v.Parse(b.Buffer()[f.Start:f.End], nil) || !v.Sound() {
		return message.Draft{}, errors.New("the message is damaged")
	}
	return v.Draft(), nil
}

// show writes what a decoder sets in one line.
func show(d message.Draft) string {
	s := fmt.Sprintf("%s %s sev=%d pid=%d", time.Unix(0, d.Timestamp).UTC().Format(time.RFC3339Nano), d.Hostname, d.Severity, d.Pid)
	for _, f := range d.Fields {
		s += fmt.Sprintf(" %s=%v", f.Name, f.Values[0])
	}
	return s + " | " + d.Payload
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ name, rec, want string }{
		{"RFC 5424 example 1", "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
			"2003-10-11T22:14:15.003Z mymachine.example.com sev=2 pid=0 syslogfacility=4 programname=su msgid=ID47 | 'su root' failed for lonvick on /dev/pts/8"},
		{"RFC 5424 example 2", "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
			"2003-08-24T12:14:15.000003Z 192.0.2.1 sev=5 pid=8710 syslogfacility=20 programname=myproc | %% It's time to make the do-nuts."},
		{"RFC 5424 example 3", `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] An application event log entry...`,
			"2003-10-11T22:14:15.003Z mymachine.example.com sev=5 pid=0 syslogfacility=20 programname=evntslog msgid=ID47 exampleSDID@32473.iut=3 exampleSDID@32473.eventSource=Application exampleSDID@32473.eventID=1011 | An application event log entry..."},
		{"RFC 5424 example 4", `<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"][examplePriority@32473 class="high"]`,
			"2003-10-11T22:14:15.003Z mymachine.example.com sev=5 pid=0 syslogfacility=20 programname=evntslog msgid=ID47 exampleSDID@32473.iut=3 examplePriority@32473.class=high | "},
		{"nothing but dashes", "<0>1 - - - - - -", "2026-11-25T13:00:00Z own sev=0 pid=0 syslogfacility=0 | "},
		{"escapes, an empty value and an element without parameters", `<13>1 - - - - - [a x="\"\\\]\n" y=""][b] m`,
			`2026-11-25T13:00:00Z own sev=5 pid=0 syslogfacility=1 a.x="\]\n a.y= b=true | m`},
		{"a process id that is no number", "<13>1 - - a 12a - - m", "2026-11-25T13:00:00Z own sev=5 pid=0 syslogfacility=1 programname=a procid=12a | m"},
		{"a process id too large", "<13>1 - - a 4294967295 - - m", "2026-11-25T13:00:00Z own sev=5 pid=0 syslogfacility=1 programname=a procid=4294967295 | m"},
		{"octet count and line end", "18 <13>1 - h - - - - m\r\n", "2026-11-25T13:00:00Z h sev=5 pid=0 syslogfacility=1 | m"},

		{"RFC 3164 example 1", "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
			"2026-10-11T22:14:15Z mymachine sev=2 pid=0 syslogfacility=4 programname=su | 'su root' failed for lonvick on /dev/pts/8"},
		{"RFC 3164 example 2", "<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", "2026-02-05T17:32:18Z 10.0.0.99 sev=5 pid=0 syslogfacility=1 | Use the BFG!"},
		{"RFC 3164 example 4", "<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!",
			"2026-11-25T13:00:00Z own sev=0 pid=0 syslogfacility=0 | 1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!"},
		{"a file of rsyslog, old form", "Feb 10 16:46:36 ubuntu kernel[12]: imklog 5.8.6, log source = /proc/kmsg started.\n",
			"2026-02-10T16:46:36Z ubuntu sev=7 pid=12 programname=kernel | imklog 5.8.6, log source = /proc/kmsg started."},
		{"a file of rsyslog, new form", "2026-11-25T13:00:01.5+01:00 web01 systemd[1]: Started it.",
			"2026-11-25T12:00:01.5Z web01 sev=7 pid=1 programname=systemd | Started it."},
		{"the local socket, without host", "<30>Nov 25 12:59:59 cron[77]: ran", "2026-11-25T12:59:59Z own sev=6 pid=77 syslogfacility=3 programname=cron | ran"},
		{"the local socket, without process id", "<30>Nov 25 12:59:59 cron: ran", "2026-11-25T12:59:59Z own sev=6 pid=0 syslogfacility=3 programname=cron | ran"},
		{"last year", "<30>Dec 31 23:59:59 h cron: ran", "2025-12-31T23:59:59Z h sev=6 pid=0 syslogfacility=3 programname=cron | ran"},
		{"no tag", "<30>Nov  5 12:59:59 h last message repeated 3 times", "2026-11-05T12:59:59Z h sev=6 pid=0 syslogfacility=3 | last message repeated 3 times"},
		{"an address is no tag", "<30>Nov  5 12:59:59 h http://a/b c", "2026-11-05T12:59:59Z h sev=6 pid=0 syslogfacility=3 | http://a/b c"},
		{"a tag with a slash", "<22>Nov  5 12:59:59 mx postfix/smtpd[9]: connect", "2026-11-05T12:59:59Z mx sev=6 pid=9 syslogfacility=2 programname=postfix/smtpd | connect"},
		{"a tag with process id and no colon", "<22>Nov  5 12:59:59 mx app[9] connect", "2026-11-05T12:59:59Z mx sev=6 pid=9 syslogfacility=2 programname=app | connect"},
		{"no time", "<13>app: hello", "2026-11-25T13:00:00Z own sev=5 pid=0 syslogfacility=1 programname=app | hello"},
		{"IPv6 host", "<13>Nov  5 12:59:59 fe80:: app: m", "2026-11-05T12:59:59Z fe80:: sev=5 pid=0 syslogfacility=1 programname=app | m"},
		{"Cisco with a year", "<166>Nov 25 2019 13:00:00: %ASA-6-302013: Built", "2019-11-25T13:00:00Z own sev=6 pid=0 syslogfacility=20 programname=%ASA-6-302013 | Built"},
		{"a number behind the priority is no version", "<13>12 items", "2026-11-25T13:00:00Z own sev=5 pid=0 syslogfacility=1 | 12 items"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decode(newDecoder(t, Config{Format: "auto"}), tt.rec)
			if err != nil {
				t.Fatalf("Decode(%q): %v", tt.rec, err)
			}
			if s := show(got); s != tt.want {
				t.Errorf("Decode(%q)\n got %s\nwant %s", tt.rec, s, tt.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	const rec = "<34>Oct 11 22:14:15 mymachine su: text"
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{HostnameKeep: true}, "2026-10-11T22:14:15Z own sev=2 pid=0 syslogfacility=4 hostname=mymachine programname=su | text"},
		{Config{PayloadKeep: true}, "2026-10-11T22:14:15Z mymachine sev=2 pid=0 syslogfacility=4 programname=su msg=text | " + rec},
		{Config{Format: "rfc3164"}, "2026-10-11T22:14:15Z mymachine sev=2 pid=0 syslogfacility=4 programname=su | text"},
		{Config{TZ: "Europe/Berlin"}, "2026-10-11T20:14:15Z mymachine sev=2 pid=0 syslogfacility=4 programname=su | text"},
	} {
		if got, err := decode(newDecoder(t, tt.cfg), rec); err != nil || show(got) != tt.want {
			t.Errorf("%+v: got %s, %v\nwant %s", tt.cfg, show(got), err, tt.want)
		}
	}
	if got, err := decode(newDecoder(t, Config{Type: "syslog"}), rec); err != nil || got.Type != "syslog" {
		t.Errorf("Type = %q, %v", got.Type, err)
	}
	plugintest.BadOption(t, Config{TZ: "Nowhere"}, "tz")
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		format, rec string
		want        error
	}{
		{"auto", "", errEmpty},
		{"auto", "\n", errEmpty},
		{"auto", "Use the BFG!", errNotSys},
		{"auto", "<192>1 - - - - - -", errPriority},
		{"auto", "<>x", errPriority},
		{"auto", "<1234>x", errPriority},
		{"auto", "<12", errPriority},
		{"auto", "<13>1 2003-13-11T22:14:15.003Z h a - - - m", errTime},
		{"auto", "<13>1 2003-10-11T22:14:15.003Z", errTime},
		{"auto", "<13>1 - h a", errShort},
		{"auto", "<13>1 - h a - -", errShort},
		{"auto", "<13>1 - h a - - ", errShort},
		{"auto", "<13>1 - h a - - x", errSD},
		{"auto", "<13>1 - h a - - -m", errSD},
		{"auto", "<13>1 - h a - - [", errSD},
		{"auto", "<13>1 - h a - - []", errSD},
		{"auto", `<13>1 - h a - - [a b="c"`, errSD},
		{"auto", `<13>1 - h a - - [a b="c]`, errSD},
		{"auto", `<13>1 - h a - - [a b=c]`, errSD},
		{"auto", `<13>1 - h a - - [a b="c"]m`, errSD},
		{"auto", `<13>1 - h a - - [` + strings.Repeat("a", 65) + `] m`, errSDName},
		{"rfc5424", "<13>Oct 11 22:14:15 h a: m", errVersion},
		{"rfc5424", "<13>2 - - - - - -", errVersion},
		{"rfc3164", "hello", errNotSys},
	} {
		if _, err := decode(newDecoder(t, Config{Format: tt.format}), tt.rec); err != tt.want {
			t.Errorf("%s: Decode(%q) = %v, want %v", tt.format, tt.rec, err, tt.want)
		}
	}
}

func split(s plugin.Splitter, in string, chunk int) (recs []string) {
	var buf []byte
	for len(in) > 0 || len(buf) > 0 {
		n := min(chunk, len(in))
		buf, in = append(buf, in[:n]...), in[n:]
		for {
			from, end, adv := s.Split(buf, in == "")
			if adv == 0 {
				break
			}
			if end >= 0 {
				recs = append(recs, string(buf[from:end]))
			}
			buf = buf[adv:]
		}
		if in == "" {
			break
		}
	}
	return recs
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		framing, in, want string
	}{
		{"auto", "<1>a\n<2>b\r\n\n<3>c", "<1>a|<2>b|<3>c"},
		{"auto", "6 <1>a\nb6 <2>cd\n7 <3>efg\n", "<1>a\nb|<2>cd\n|<3>efg\n"},
		{"auto", "5 <1>ab5 <2>cd<3>e\n4 <4>f\n", "<1>ab|<2>cd|<3>e|<4>f"},
		{"auto", "2026-11-25T13:00:00Z h a: b\n12 abc\n", "2026-11-25T13:00:00Z h a: b|12 abc"},
		{"auto", "999999 <1>a\n<2>b\n", "999999 <1>a|<2>b"},
		{"auto", "12 <1>cut", ""},
		{"auto", "7 <1>a\nb<2>c\n", "<1>a\nb<|2>c"},
		{"newline", "5 <1>ab\n<2>c\n", "5 <1>ab|<2>c"},
		{"octets", "<1>a\n5 <1>ab", "<1>ab"},
		{"octets", "garbage", ""},
	} {
		s, _ := NewSplitter(SplitterConfig{Framing: tt.framing}, plugin.Env{MaxMessageSize: 1000})
		for _, chunk := range []int{1, 2, 3, 7, 1000} {
			if got := strings.Join(split(s, tt.in, chunk), "|"); got != tt.want {
				t.Errorf("%s: Split(%q) by %d = %q, want %q", tt.framing, tt.in, chunk, got, tt.want)
			}
		}
	}
}

// Records made to make the parser go back and forth, or to make much out of
// little, cost no more than others.
func TestHostileRecords(t *testing.T) {
	d := newDecoder(t, Config{})
	id := strings.Repeat("i", maxName)
	for _, head := range []string{"<13>1 - h a - - ", "<13>1 - h a - - [" + id + " ", "<13>1 - h a - - [x a=\"", "<13>Nov 25 13:00:00 ", "<13>"} {
		for _, piece := range []string{"[", "]", `\`, `"`, `\"`, " ", `a="" `, `[a]`, ":", "a[", "9", "<"} {
			in := head + strings.Repeat(piece, 64<<10/len(piece))
			b := message.NewBuilder(64 << 10)
			h := message.Header{}
			d.Decode(&plugin.Record{Data: []byte(in), Default: &h}, b)
			if n := b.NFieldBytes(); n > 32*len(in) {
				t.Errorf("%q… made %d bytes of fields from %d", in[:30], n, len(in))
			}
		}
	}
}

// Decoding does not allocate, whatever the record holds.
func TestAllocs(t *testing.T) {
	d := newDecoder(t, Config{TZ: "Europe/Berlin"})
	out := message.NewBuilder(1 << 16)
	h := message.Header{Logger: "l", Hostname: "h"}
	for _, rec := range []string{
		`<13>1 2003-10-11T22:14:15.003Z h a 1 m [a x="\"\\\]" y=""][b] text`,
		"<34>Oct 11 22:14:15 mymachine su[1]: text",
		"<34>Oct 11 22:15:15 mymachine su: text",
		"<34>no time", "not syslog", "<13>1 - h a - - [damaged",
	} {
		r := plugin.Record{Data: []byte(rec), Default: &h}
		if n := testing.AllocsPerRun(100, func() { out.Reset(); d.Decode(&r, out) }); n != 0 {
			t.Errorf("Decode(%q) allocates %v times", rec, n)
		}
	}
}

// FuzzDecode: any record gives one sound message or a known error.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`<165>1 2003-10-11T22:14:15.003Z h a 12 ID47 [x@1 i="3\"" b=""][y] m`))
	f.Add([]byte("<34>Oct 11 22:14:15 mymachine su[1]: 'su root' failed"))
	f.Add([]byte("12 <13>app: x\n"))
	f.Fuzz(func(t *testing.T, rec []byte) {
		for _, format := range []string{"auto", "rfc3164", "rfc5424"} {
			d := newDecoder(t, Config{Format: format})
			m, err := decode(d, string(rec))
			if err != nil && !strings.Contains(err.Error(), "syslog") {
				t.Fatalf("%s: Decode(%q) = %v", format, rec, err)
			}
			used := newDecoder(t, Config{Format: format})
			decode(used, `<165>1 2003-10-11T22:14:15.003Z h a 12 ID47 [x@1 i="3" b="4"][y c="d"] m`)
			for range 2 { // what was read before makes no difference
				for _, d := range []plugin.Decoder{d, used} {
					if again, err2 := decode(d, string(rec)); show(again) != show(m) || fmt.Sprint(err2) != fmt.Sprint(err) {
						t.Fatalf("%s: Decode(%q) = %s, %v, then %s, %v", format, rec, show(m), err, show(again), err2)
					}
				}
			}
		}
	})
}

// TestLearnedShapes: structured data of one shape after another is read as if each
// record were the first.
func TestLearnedShapes(t *testing.T) {
	d := newDecoder(t, Config{Format: "auto"})
	shapes := []string{`[a@1 x="1" y="2"]`, `[a@1 x="" y="two"][b c="d"]`, `[a@1 x="q\"r" y="2"]`, `[a@1 x="1"]`, `[a@1 y="1" x="2"]`, `[a@12 x="1" y="2"]`,
		`[a@1 x="1" y="2" ]`, `[a@1 x="1"  y="2"]`, `[a@1]`, `[a@1 x="1" y="2"z]`, `[a@1 x="1" y="2"`, `[a@1 x="1" y="2]`, `[a@1 x="1" y="2"][b c="d"][e f="g"][h i="j"][k l="m"]`}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 4000 {
		sd := shapes[r.IntN(1+min(i/100, len(shapes)-1))]
		if i > 3000 {
			sd = fmt.Sprintf(`[n%d p%d="v"]`, i, i)
		}
		rec := `<165>1 2003-10-11T22:14:15.003Z h a 12 ID47 ` + sd + ` text`
		want, werr := decode(newDecoder(t, Config{Format: "auto"}), rec)
		got, err := decode(d, rec)
		if show(got) != show(want) || fmt.Sprint(err) != fmt.Sprint(werr) {
			t.Fatalf("record %d, %q: %s, %v, want %s, %v", i, rec, show(got), err, show(want), werr)
		}
	}
}

// FuzzSplit: the same records come out at any chunking, and all advances lie
// within what was given.
func FuzzSplit(f *testing.F) {
	f.Add("5 <1>ab\n<2>c\r\n12 x\n", uint8(3))
	f.Fuzz(func(t *testing.T, in string, chunk uint8) {
		for _, framing := range []string{"auto", "newline", "octets"} {
			s, _ := NewSplitter(SplitterConfig{Framing: framing}, plugin.Env{MaxMessageSize: 100})
			whole, parts := split(s, in, len(in)+1), split(s, in, int(chunk)+1)
			if strings.Join(whole, "|") != strings.Join(parts, "|") {
				t.Fatalf("%s: %q splits into %q, by %d into %q", framing, in, whole, chunk+1, parts)
			}
		}
	})
}

func bench(b *testing.B, rec string) {
	d := newDecoder(b, Config{Format: "auto"})
	out := message.NewBuilder(1 << 16)
	h := message.Header{Type: "syslog", Logger: "tcp", Hostname: "own", Severity: 7}
	r := plugin.Record{Data: []byte(rec), Default: &h}
	b.SetBytes(int64(len(rec)))
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := d.Decode(&r, out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRFC5424(b *testing.B) {
	bench(b, `<134>1 2026-03-14T09:26:53.589793Z web07.example.com app03 12345 ID42 [ex@32473 iut="3" src="Application" id="1011"] request served upstream cache miss hit timeout retry session token user account payment order cart search`)
}

func BenchmarkRFC3164(b *testing.B) {
	bench(b, `<34>Mar 14 09:26:53 web07 app03[12345]: request served upstream cache miss hit timeout retry session token user account`)
}
