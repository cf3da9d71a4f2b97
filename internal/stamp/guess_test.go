package stamp

import (
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// rest stands for what follows a stamp in its line.
const rest = "|"

func TestGuess(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"2026-11-25T13:00:00Z|", "2026-11-25T13:00:00Z"},
		{"2026-11-25T13:00:00.123456789+01:00|", "2026-11-25T12:00:00.123456789Z"},
		{"2026-11-25 13:00:00,123|", "2026-11-25T13:00:00.123Z"},
		{"2026-11-25 13:00:00.5 +0530|", "2026-11-25T07:30:00.5Z"},
		{"2026-11-25 13:00:00+01|", "2026-11-25T12:00:00Z"},
		{"2026-11-25 13:00:00.123 CET|", "2026-11-25T12:00:00.123Z"},
		{"2026-11-25 13:00:00 EST|", "2026-11-25T18:00:00Z"},
		{"2026-11-25 13:00:00 UTC|", "2026-11-25T13:00:00Z"},
		{"2026-11-25 13:00:00| INFO", "2026-11-25T13:00:00Z"},
		{"2026-11-25 13:00:00| EST-host", "2026-11-25T13:00:00Z"},
		{"2026-11-25 13:00:00| -12 items", "2026-11-25T13:00:00Z"},
		{"2026-11-25 13:00|", "2026-11-25T13:00:00Z"},
		{"2026-11-25 1:02:03 PM|", "2026-11-25T13:02:03Z"},
		{"2026-11-25|", "2026-11-25T00:00:00Z"},
		{"2026-11-25| text", "2026-11-25T00:00:00Z"},
		{"20261125T130000Z|", "2026-11-25T13:00:00Z"},
		{"20261125T130000.25+0100|", "2026-11-25T12:00:00.25Z"},
		{"20261125130000|", "2026-11-25T13:00:00Z"},
		{"20261125 13:00:00.25|", "2026-11-25T13:00:00.25Z"},
		{"20261125-13:00:00.250|", "2026-11-25T13:00:00.25Z"},
		{"25.11.2026 13:00:00|", "2026-11-25T13:00:00Z"},
		{"25.11.2026, 13:00:00.5|", "2026-11-25T13:00:00.5Z"},
		{"2026.11.25 13:00:00|", "2026-11-25T13:00:00Z"},
		{"@4000000037c219bf2ef02e94| x", "1999-08-24T04:04:05.7874925Z"},
		{"@4000000037c219bf2ef02e9", ""}, {"@8000000037c219bf2ef02e94", ""}, {"25.11.2026 13", ""}, {"20261125 text and more", ""}, {"12.34.5678 text here", ""},
		{"Wed 25 Nov 2026 01:00:00 PM UTC|", "2026-11-25T13:00:00Z"},
		{"Wednesday, November 25, 2026 1:00:00 PM|", "2026-11-25T13:00:00Z"},
		{"2026/11/25 13:00:00.000001|", "2026-11-25T13:00:00.000001Z"},
		{"2026/11/25 13:00:00| [error]", "2026-11-25T13:00:00Z"},
		{"25/Nov/2026:13:00:00 +0100|", "2026-11-25T12:00:00Z"},
		{"25-Nov-2026 13:00:00.123|", "2026-11-25T13:00:00.123Z"},
		{"25 Nov 2026 13:00:00.123|", "2026-11-25T13:00:00.123Z"},
		{"25 Nov 13:00:00.123|", "2025-11-25T13:00:00.123Z"},
		{"25 Nov 26 13:00 MST|", "2026-11-25T20:00:00Z"},
		{"2 January 2026 03:04:05|", "2026-01-02T03:04:05Z"},
		{"Wed, 25 Nov 2026 13:00:00 GMT|", "2026-11-25T13:00:00Z"},
		{"Wed, 25 Nov 2026 13:00:00 -0800|", "2026-11-25T21:00:00Z"},
		{"Wednesday, 25-Nov-26 13:00:00 UTC|", "2026-11-25T13:00:00Z"},
		{"Wed Nov 25 13:00:00 2026|", "2026-11-25T13:00:00Z"},
		{"Wed Nov 25 13:00:00 CET 2026|", "2026-11-25T12:00:00Z"},
		{"Wed Nov 25 13:00:00 +0100 2026|", "2026-11-25T12:00:00Z"},
		{"Wed Nov 25 13:00:00.123456 2026|", "2026-11-25T13:00:00.123456Z"},
		{"Nov 25 13:00:00 2026 GMT|", "2026-11-25T13:00:00Z"},
		{"Nov 25 13:00:00| host app", "2025-11-25T13:00:00Z"},
		{"Nov 25 13:00:00| 10.0.0.1 app", "2025-11-25T13:00:00Z"},
		{"Nov 25 13:00:00.5 EST|: %SYS", "2025-11-25T18:00:00.5Z"},
		{"Nov  5 13:00:00| Host", "2025-11-05T13:00:00Z"},
		{"Nov 25, 2026 1:00:00 PM|", "2026-11-25T13:00:00Z"},
		{"Nov 25, 2026, 12:00:00 AM|", "2026-11-25T00:00:00Z"},
		{"November 25, 2026 13:00:00|", "2026-11-25T13:00:00Z"},
		{"261125 13:00:00|", "2026-11-25T13:00:00Z"},
		{"261125  3:00:00|", "2026-11-25T03:00:00Z"},
		{"13:00:00.123|", "2026-01-02T13:00:00.123Z"},
		{"1395139200|", "2014-03-18T10:40:00Z"},
		{"1395139200.5|", "2014-03-18T10:40:00.5Z"},
		{"1395139200123|", "2014-03-18T10:40:00.123Z"},
		{"1395139200123456|", "2014-03-18T10:40:00.123456Z"},
		{"1395139200123456789|", "2014-03-18T10:40:00.123456789Z"},
		{"2026-02-30 00:00:00", ""}, {"11/25/2026 13:00:00", ""}, {"12345", ""}, {"hello world of logs", ""},
		{"2026-11-25x", ""}, {"25:00:00", ""}, {"Nov", ""}, {"Wed, 25", ""}, {"", ""}, {"1", ""},
		{"2300-01-01T00:00:00Z", ""}, {"99999999999999", ""}, {"May be so, or not so", ""}, {"Mon dieu, mon dieu", ""},
	} {
		g := Guess{Now: now}
		in, _, _ := strings.Cut(tt.in, rest)
		line := strings.Replace(tt.in, rest, "", 1)
		for range 2 {
			ns, n := g.Parse([]byte(line))
			if tt.want == "" {
				if n != 0 {
					t.Errorf("Parse(%q) = %s, %d, want none", line, time.Unix(0, ns).UTC(), n)
				}
			} else if n != len(in) || ns != at(tt.want) {
				t.Errorf("Parse(%q) = %s, %d, want %s, %d", line, time.Unix(0, ns).UTC().Format(time.RFC3339Nano), n, tt.want, len(in))
			}
		}
	}
}

func TestGuessZone(t *testing.T) {
	g := Guess{Loc: zone(t, "Australia/Sydney"), Now: now}
	for in, want := range map[string]string{
		"2026-07-01 10:00:00": "2026-07-01T00:00:00Z", "2026-01-01 10:00:00": "2025-12-31T23:00:00Z",
		"2026-01-01 10:00:00 AEDT": "2025-12-31T23:00:00Z", "Jan  1 10:00:00": "2025-12-31T23:00:00Z",
		"1 Jan 2026 10:00:00": "2025-12-31T23:00:00Z", "2026-01-01 10:00:00Z": "2026-01-01T10:00:00Z",
	} {
		if ns, ok := Whole(&g, []byte(in)); !ok || ns != at(want) {
			t.Errorf("Parse(%q) = %s, %v, want %s", in, time.Unix(0, ns).UTC(), ok, want)
		}
	}
}

// Compiled layouts read what package time writes with them.
func TestCompileGo(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("CET", 3600))
	for _, layout := range []string{
		time.ANSIC, time.UnixDate, time.RubyDate, time.RFC822, time.RFC822Z, time.RFC850, time.RFC1123, time.RFC1123Z, time.RFC3339,
		time.RFC3339Nano, time.Stamp, time.StampMilli, time.StampNano, time.DateTime, time.DateOnly, time.Layout,
		"2006-01-02 15:04:05,000", "02/Jan/2006:15:04:05 -0700", "2006-01-02T15:04:05.999999Z07:00", "20060102150405.000",
		"Monday, January _2 2006 at 3:04:05pm MST", "2006-002 15h04m05s", "1/2/06 3:04 PM -07", "2006 __2 15:04:05.000000 -07:00",
	} {
		text := at.Format(layout)
		p, err := Compile(layout, at.Location(), func() time.Time { return at })
		if err != nil {
			t.Errorf("Compile(%q): %v", layout, err)
			continue
		}
		want, err := time.ParseInLocation(layout, text, at.Location())
		if err != nil {
			t.Fatal(err)
		}
		if want.Year() == 0 {
			want = want.AddDate(2026, 0, 0)
		}
		for range 2 {
			if ns, ok := Whole(p, []byte(text)); !ok || ns != want.UnixNano() {
				t.Errorf("%q: Parse(%q) = %s, %v, want %s", layout, text, time.Unix(0, ns).UTC(), ok, want)
			}
		}
	}
}

func TestCompileNames(t *testing.T) {
	for _, tt := range []struct{ layout, in, want string }{
		{"Epoch", "1395139200", "2014-03-18T10:40:00Z"},
		{"epoch", "-1.5", "1969-12-31T23:59:58.5Z"},
		{"EpochMilli", "1395139200123.25", "2014-03-18T10:40:00.12325Z"},
		{"EpochMicro", "1395139200123456", "2014-03-18T10:40:00.123456Z"},
		{"EpochNano", "1395139200123456789", "2014-03-18T10:40:00.123456789Z"},
		{"RFC3339", "2026-11-25T13:00:00+01:00", "2026-11-25T12:00:00Z"},
		{"Syslog", "Nov 25 13:00:00", "2025-11-25T13:00:00Z"},
		{"CLF", "25/Nov/2026:13:00:00 +0100", "2026-11-25T12:00:00Z"},
		{"log4j", "2026-11-25 13:00:00,123", "2026-11-25T13:00:00.123Z"},
		{"ApacheError", "Wed Nov 25 13:00:00.123456 2026", "2026-11-25T13:00:00.123456Z"},
		{"Kitchen", "3:04PM", "2026-01-02T15:04:00Z"},
		{"TimeOnly", "23:59:59", "2026-01-02T23:59:59Z"},
		{"%s", "1395139200.25", "2014-03-18T10:40:00.25Z"},
		{"%Y-%m-%d %H:%M:%S,%L", "2026-11-25 13:00:00,123", "2026-11-25T13:00:00.123Z"},
		{"%Y-%m-%d", " 2026-11-25 ", "2026-11-25T00:00:00Z"},
		{"", "2026-11-25 13:00:00", "2026-11-25T13:00:00Z"},
		{"", "3:04PM", "2026-01-02T15:04:00Z"},
		{"", "12:04 am", "2026-01-02T00:04:00Z"},
	} {
		p, err := Compile(tt.layout, nil, now)
		if err != nil {
			t.Fatal(err)
		}
		if ns, ok := Whole(p, []byte(tt.in)); !ok || ns != at(tt.want) {
			t.Errorf("%q: Parse(%q) = %s, %v, want %s", tt.layout, tt.in, time.Unix(0, ns).UTC(), ok, tt.want)
		}
	}
	for _, bad := range []string{"2012-04-23T18:25:43.511Z", "yyyy-MM-dd", "%Q", "Iso8601x"} {
		if _, err := Compile(bad, nil, now); err == nil {
			t.Errorf("Compile(%q) = nil error", bad)
		}
	}
	for _, name := range Names() {
		if _, err := Compile(name, nil, now); err != nil {
			t.Errorf("Compile(%q): %v", name, err)
		}
	}
}

// A time without a date is of yesterday, today or tomorrow.
func TestToday(t *testing.T) {
	for _, tt := range []struct{ now, in, want string }{
		{"2026-01-01T00:10:00Z", "23:59:59", "2025-12-31T23:59:59Z"},
		{"2026-01-01T23:59:59Z", "00:00:30", "2026-01-02T00:00:30Z"},
		{"2026-01-01T12:00:00Z", "00:00:30", "2026-01-01T00:00:30Z"},
		{"2026-01-01T12:00:00Z", "23:00:00", "2026-01-01T23:00:00Z"},
	} {
		when := time.Unix(0, at(tt.now))
		for _, layout := range []string{"", "%T", "15:04:05"} {
			p, err := Compile(layout, nil, func() time.Time { return when })
			if err != nil {
				t.Fatal(err)
			}
			if ns, ok := Whole(p, []byte(tt.in)); !ok || ns != at(tt.want) {
				t.Errorf("%q at %s: Parse(%q) = %s, want %s", layout, tt.now, tt.in, time.Unix(0, ns).UTC(), tt.want)
			}
		}
	}
}

func TestAllocs(t *testing.T) {
	g := Guess{Loc: zone(t, "Europe/Berlin"), Now: now}
	l, _ := NewGoLayout("Mon Jan _2 15:04:05 MST 2006")
	l.Loc, l.Now = g.Loc, now
	for _, in := range []string{"2026-11-25 13:00:00,123", "Wed Nov 25 13:00:00 CET 2026", "Nov 25 13:00:00 host", "13:00:00", "hello world", "1395139200123"} {
		b := []byte(in)
		if n := testing.AllocsPerRun(100, func() { g.Parse(b); l.Parse(b) }); n != 0 {
			t.Errorf("Parse(%q) allocates %v times", in, n)
		}
	}
}

// FuzzGo: what package time reads strictly, a compiled layout reads alike.
func FuzzGo(f *testing.F) {
	for _, in := range []string{"2026-11-25 13:00:00.123", "2026-02-30 00:00:00", "2026-1-2 03:04:05"} {
		f.Add([]byte(in))
	}
	l, _ := NewGoLayout(time.DateTime)
	g := Guess{Now: now}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, err := time.Parse(time.DateTime, string(b))
		if err != nil || want.Year() < minYear || want.Year() > maxYear || len(b) != len(strings.TrimSpace(string(b))) {
			return
		}
		if ns, ok := Whole(l, b); !ok || ns != want.UnixNano() {
			t.Fatalf("Layout(%q) = %d, %v, want %s", b, ns, ok, want)
		}
		if len(b) >= 19 && b[13] == ':' {
			if ns, ok := Whole(&g, b); !ok || ns != want.UnixNano() {
				t.Fatalf("Guess(%q) = %d, %v, want %s", b, ns, ok, want)
			}
		}
	})
}

func benchParser(b *testing.B, p Parser, in string) {
	s := []byte(in)
	b.ReportAllocs()
	for b.Loop() {
		if _, n := p.Parse(s); n == 0 {
			b.Fatal("no stamp")
		}
	}
}

func BenchmarkGuess(b *testing.B) {
	for _, in := range []string{"2026-11-25T13:00:00.123456+01:00", "2026-11-25 13:00:00,123 INFO", "Wed, 25 Nov 2026 13:00:00 GMT", "Nov 25 13:00:00 host", "1395139200123"} {
		b.Run(in, func(b *testing.B) { benchParser(b, &Guess{Loc: zone(b, "Europe/Berlin"), Now: now}, in) })
	}
}

func BenchmarkLayout(b *testing.B) {
	for layout, in := range map[string]string{"%Y-%m-%d %H:%M:%S": "2026-11-25 13:00:00.123", "Mon Jan _2 15:04:05 2006": "Wed Nov 25 13:00:00 2026"} {
		p, err := Compile(layout, zone(b, "Europe/Berlin"), now)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(in, func(b *testing.B) { benchParser(b, p, in) })
	}
}
