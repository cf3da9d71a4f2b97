package stamp

import (
	"testing"
	"time"
)

func at(s string) int64 {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UnixNano()
}

func now() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

func TestRFC3339(t *testing.T) {
	var p RFC3339
	for _, tt := range []struct {
		in, want string
		n        int
	}{
		{"2026-11-25T13:00:00Z", "2026-11-25T13:00:00Z", 20},
		{"2026-11-25T13:00:01.5+01:30 x", "2026-11-25T11:30:01.5Z", 27},
		{"2026-11-25t13:00:01.123456789123-08:00", "2026-11-25T21:00:01.123456789Z", 38},
		{"2024-02-29 23:59:60z", "2024-03-01T00:00:00Z", 20},
		{"1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.52Z", 23},
		{"1678-01-01T00:00:00Z", "1678-01-01T00:00:00Z", 20},
		{"2023-02-29T00:00:00Z", "", 0},
		{"2026-13-01T00:00:00Z", "", 0},
		{"2026-11-25T24:00:00Z", "", 0},
		{"2026-11-25T13:00:00", "", 0},
		{"2026-11-25T13:00:00.", "", 0},
		{"2026-11-25T13:00:00.Z", "", 0},
		{"2026-11-25T13:00:00+0100", "", 0},
		{"1600-01-01T00:00:00Z", "", 0},
		{"2300-01-01T00:00:00Z", "", 0},
		{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00T13:00:00Z", "", 0},
	} {
		for range 2 { // with and without the cache
			ns, n := p.Parse([]byte(tt.in))
			if n != tt.n || n > 0 && ns != at(tt.want) {
				t.Errorf("Parse(%q) = %s, %d, want %s, %d", tt.in, time.Unix(0, ns).UTC(), n, tt.want, tt.n)
			}
		}
		p = RFC3339{}
	}
}

func TestCLF(t *testing.T) {
	var p CLF
	for _, tt := range []struct {
		in, want string
	}{
		{"17/May/2015:10:05:03 +0000] x", "2015-05-17T10:05:03Z"},
		{"17/May/2015:10:05:03 -0730", "2015-05-17T17:35:03Z"},
		{"01/Jan/1970:00:00:00 +0000", "1970-01-01T00:00:00Z"},
		{"32/May/2015:10:05:03 +0000", ""},
		{"17/Mai/2015:10:05:03 +0000", ""},
		{"17/May/2015 10:05:03 +0000", ""},
		{"17/May/2015:10:05:03 +000", ""},
		{"17/May/2015:10:05:03 00000", ""},
	} {
		for range 2 {
			ns, n := p.Parse([]byte(tt.in))
			if (n > 0) != (tt.want != "") || n > 0 && ns != at(tt.want) {
				t.Errorf("Parse(%q) = %s, %d, want %s", tt.in, time.Unix(0, ns).UTC(), n, tt.want)
			}
		}
	}
}

func TestBSD(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone database: ", err)
	}
	for _, tt := range []struct {
		in, want string
		loc      *time.Location
		n        int
	}{
		{"Jan  1 00:00:00 host", "2026-01-01T00:00:00Z", nil, 15},
		{"Jan 1 00:00:00 host", "2026-01-01T00:00:00Z", nil, 14},
		{"Jan  3 11:59:59", "2026-01-03T11:59:59Z", nil, 15},
		{"Jan  3 12:01:00", "2025-01-03T12:01:00Z", nil, 15},
		{"Dec 31 23:59:59", "2025-12-31T23:59:59Z", nil, 15},
		{"Feb 29 10:00:00", "2024-02-29T10:00:00Z", nil, 15},
		{"Nov 25 2019 13:00:00 x", "2019-11-25T13:00:00Z", nil, 20},
		{"Nov 25 13:00:00.250 x", "2025-11-25T13:00:00.25Z", nil, 19},
		{"Jul 14 10:00:00", "2025-07-14T08:00:00Z", berlin, 15},
		{"Dec 14 10:00:00", "2025-12-14T09:00:00Z", berlin, 15},
		{"Feb 30 10:00:00", "", nil, 0},
		{"Nov 25 25:00:00", "", nil, 0},
		{"nov 25 13:00:00", "", nil, 0},
		{"Nov 25 13:00", "", nil, 0},
		{"Nov 25 13:00:0", "", nil, 0},
	} {
		p := BSD{Loc: tt.loc, Now: now}
		for range 2 {
			ns, n := p.Parse([]byte(tt.in))
			if n != tt.n || n > 0 && ns != at(tt.want) {
				t.Errorf("Parse(%q) = %s, %d, want %s, %d", tt.in, time.Unix(0, ns).UTC(), n, tt.want, tt.n)
			}
		}
	}
}

func TestBSDYearTurn(t *testing.T) {
	// A clock that lags behind its sender over New Year reads the new year.
	p := BSD{Now: func() time.Time { return time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC) }}
	if ns, _ := p.Parse([]byte("Jan  1 00:00:10")); ns != at("2026-01-01T00:00:10Z") {
		t.Errorf("Parse(Jan 1) = %s, want 2026", time.Unix(0, ns).UTC())
	}
}

func TestLayout(t *testing.T) {
	for _, tt := range []struct{ format, in, want string }{
		{"%Y-%m-%dT%H:%M:%S%z", "2026-11-25T13:00:00.5+01:00", "2026-11-25T12:00:00.5Z"},
		{"%d/%b/%Y %T", "10/Feb/2014 08:46:41", "2014-02-10T08:46:41Z"},
		{"%a, %d %b %Y %T GMT", "Mon, 10 Feb 2014 08:46:41 GMT", "2014-02-10T08:46:41Z"},
		{"%s", "1392022001", "2014-02-10T08:46:41Z"},
		{"%D %r", "02/10/14 08:46:41 PM", "2014-02-10T20:46:41Z"},
		{"%I %p %F", "12 AM 2014-02-10", "2014-02-10T00:00:00Z"},
		{"%j %Y", "041 2014", "2014-02-10T00:00:00Z"},
		{"%F %T %Z", "2014-02-10 08:46:41 PST", "2014-02-10T16:46:41Z"},
		{"%F %T %Z", "2014-02-10 08:46:41 CET", "2014-02-10T07:46:41Z"},
		{"%F %T %Z", "2014-02-10 08:46:41 XYZ", "2014-02-10T08:46:41Z"},
		{"%F %T %Z", "2014-02-10 08:46:41 +0530", "2014-02-10T03:16:41Z"},
		{"%H:%M", "08:46", "2026-01-02T08:46:00Z"},
		{"%b %e %T", "Feb  1 08:46:41", "2025-02-01T08:46:41Z"},
		{"%B %d %Y", "September 30 2014", "2014-09-30T00:00:00Z"},
		{"100%% %F", "100% 2014-02-10", "2014-02-10T00:00:00Z"},
		{"%c", "Mon Feb 10 08:46:41 2014", "2014-02-10T08:46:41Z"},
		{"%F %T.%f", "2014-02-10 08:46:41.25", "2014-02-10T08:46:41.25Z"},
		{"%F", "2014-02-30", ""},
		{"%F", "2014-2", ""},
		{"%F %T", "2014-02-10 08:46", ""},
		{"%p", "xm", ""},
	} {
		l, err := NewLayout(tt.format)
		if err != nil {
			t.Fatal(err)
		}
		l.Now = now
		ns, n := l.Parse([]byte(tt.in))
		if (n > 0) != (tt.want != "") || n > 0 && ns != at(tt.want) {
			t.Errorf("%q: Parse(%q) = %s, %d, want %s", tt.format, tt.in, time.Unix(0, ns).UTC(), n, tt.want)
		}
	}
	for _, bad := range []string{"%", "%Q", "%Y %"} {
		if _, err := NewLayout(bad); err == nil {
			t.Errorf("NewLayout(%q) = nil error", bad)
		}
	}
}

func TestWriter(t *testing.T) {
	var w Writer
	for _, ns := range []int64{0, 1, -1, 1e9, 1_395_139_200_123_456_789, 1_395_139_200_120_000_000, -1e18, at("2024-02-29T23:59:59Z"), at("2261-12-31T00:00:00Z")} {
		if got, want := string(w.Append(nil, ns)), time.Unix(0, ns).UTC().Format(time.RFC3339Nano); got != want {
			t.Errorf("Append(%d) = %s, want %s", ns, got, want)
		}
	}
	for ns, want := range map[int64]string{1_500_000_000: "1.5", -1_500_000_000: "-1.5", -5e8: "-0.5", 2e9: "2"} {
		if got := string(AppendSeconds(nil, ns)); got != want {
			t.Errorf("AppendSeconds(%d) = %s, want %s", ns, got, want)
		}
	}
}

// Every day of the range goes to its date and back, as package time has it.
func TestCivil(t *testing.T) {
	for d := Days(minYear, 1, 1); d <= Days(maxYear, 12, 31); d++ {
		y, m, day := Civil(d)
		if Days(y, m, day) != d || !valid(y, m, day) {
			t.Fatalf("Civil(%d) = %d-%d-%d, which is day %d", d, y, m, day, Days(y, m, day))
		}
		if want := time.Unix(d*86400, 0).UTC(); d%97 == 0 && (want.Year() != y || int(want.Month()) != m || want.Day() != day) {
			t.Fatalf("Civil(%d) = %d-%d-%d, want %s", d, y, m, day, want)
		}
	}
}

// FuzzParse: any bytes are a stamp or none, within what was given, and what
// RFC3339 reads package time reads alike.
func FuzzParse(f *testing.F) {
	f.Add([]byte("2026-11-25T13:00:00.123+01:00"), "%Y-%m-%dT%H:%M:%S%z")
	f.Add([]byte("17/May/2015:10:05:03 +0000"), "%d/%b/%Y:%T %z")
	f.Add([]byte("Nov  5 13:00:00.5"), "%b %e %X")
	f.Fuzz(func(t *testing.T, b []byte, format string) {
		var r RFC3339
		ns, n := r.Parse(b)
		if n > len(b) {
			t.Fatalf("RFC3339 took %d of %d bytes", n, len(b))
		}
		if n > 0 && b[10] == 'T' && b[n-1] != 'z' && b[17] != '6' {
			want, err := time.Parse(time.RFC3339Nano, string(b[:n]))
			if err != nil || want.UnixNano() != ns {
				t.Fatalf("RFC3339(%q) = %d, want %d, %v", b[:n], ns, want.UnixNano(), err)
			}
			if back, k := r.Parse(new(Writer).Append(nil, ns)); k == 0 || back != ns {
				t.Fatalf("written and read again %d is %d", ns, back)
			}
		}
		if _, n := new(CLF).Parse(b); n > len(b) {
			t.Fatalf("CLF took %d of %d bytes", n, len(b))
		}
		if _, n := (&BSD{Now: now}).Parse(b); n > len(b) {
			t.Fatalf("BSD took %d of %d bytes", n, len(b))
		}
		if l, err := Compile(format, nil, now); err == nil {
			for range 2 {
				if _, n := l.Parse(b); n > len(b) {
					t.Fatalf("%q took %d of %d bytes", format, n, len(b))
				}
			}
		}
		if _, n := (&Guess{Now: now}).Parse(b); n > len(b) {
			t.Fatalf("Guess took %d of %d bytes", n, len(b))
		}
	})
}

func BenchmarkRFC3339(b *testing.B) {
	var p RFC3339
	in := []byte("2026-11-25T13:00:00.123456+01:00 ")
	for b.Loop() {
		p.Parse(in)
	}
}

func BenchmarkCLF(b *testing.B) {
	var p CLF
	in := [2][]byte{[]byte("17/May/2015:10:05:03 +0000"), []byte("17/May/2015:10:05:04 +0000")}
	for i := 0; b.Loop(); i++ {
		p.Parse(in[i&1])
	}
}

func BenchmarkBSD(b *testing.B) {
	p := BSD{Now: now}
	in := []byte("Nov 25 13:00:00 host")
	for b.Loop() {
		p.Parse(in)
	}
}

func BenchmarkWriter(b *testing.B) {
	var w Writer
	buf := make([]byte, 0, 64)
	for b.Loop() {
		w.Append(buf, 1_395_139_200_123_456_000)
	}
}
