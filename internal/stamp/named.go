package stamp

import (
	"sort"
	"strings"
	"time"
)

// Parser reads a stamp at the head of b: ns since the Unix epoch and the bytes
// taken, 0 when there is none. It keeps nothing of b.
type Parser interface {
	Parse(b []byte) (ns int64, n int)
}

// goNames are layouts that have a name.
var goNames = map[string]string{
	"ANSIC": time.ANSIC, "UnixDate": time.UnixDate, "RubyDate": time.RubyDate, "RFC822": time.RFC822, "RFC822Z": time.RFC822Z,
	"RFC850": time.RFC850, "RFC1123": time.RFC1123, "RFC1123Z": time.RFC1123Z, "HTTP": time.RFC1123, "Kitchen": time.Kitchen,
	"Stamp": time.Stamp, "StampMilli": time.Stamp, "StampMicro": time.Stamp, "StampNano": time.Stamp,
	"DateTime": time.DateTime, "DateOnly": time.DateOnly, "TimeOnly": time.TimeOnly,
	"Log4j": "2006-01-02 15:04:05,000", "NginxError": "2006/01/02 15:04:05", "ApacheError": "Mon Jan _2 15:04:05 2006",
	"Tomcat": "02-Jan-2006 15:04:05",
}

// Names lists the layouts that have a name.
func Names() []string {
	names := []string{"Auto", "Epoch", "EpochMilli", "EpochMicro", "EpochNano", "RFC3339", "RFC3339Nano", "ISO8601", "Syslog", "CLF", "MySQL", "PostgreSQL"}
	for n := range goNames {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Compile makes a parser of a name of Names, in any case; of a strftime format,
// which has a percent sign; or of a layout of package time. "" is Auto. loc is
// the zone of stamps that tell none, nil for UTC; now is for what they lack.
func Compile(layout string, loc *time.Location, now func() time.Time) (Parser, error) {
	var l *Layout
	var err error
	switch strings.ToLower(layout) {
	case "", "auto", "iso8601", "mysql", "postgresql":
		return &Guess{Loc: loc, Now: now}, nil
	case "epoch":
		return Epoch(time.Second), nil
	case "epochmilli":
		return Epoch(time.Millisecond), nil
	case "epochmicro":
		return Epoch(time.Microsecond), nil
	case "epochnano":
		return Epoch(time.Nanosecond), nil
	case "rfc3339", "rfc3339nano", strings.ToLower(time.RFC3339), strings.ToLower(time.RFC3339Nano):
		return &RFC3339{}, nil
	case "clf", "02/jan/2006:15:04:05 -0700":
		return &CLF{}, nil
	case "syslog", "stamp", "stampmilli", "stampmicro", "stampnano":
		return &BSD{Loc: loc, Now: now}, nil
	}
	for n, go_ := range goNames {
		if strings.EqualFold(n, layout) {
			layout = go_
		}
	}
	if strings.IndexByte(layout, '%') >= 0 {
		l, err = NewLayout(layout)
	} else {
		l, err = NewGoLayout(layout)
	}
	if err != nil {
		return nil, err
	}
	l.Loc, l.Now = loc, now
	return l, nil
}

// Whole reads b as one stamp and nothing else, but for white space around it.
func Whole(p Parser, b []byte) (ns int64, ok bool) {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	ns, n := p.Parse(b)
	for n > 0 && n < len(b) && isSpace(b[n]) {
		n++
	}
	return ns, n > 0 && n == len(b)
}

// Epoch parses numbers of that unit since the Unix epoch, with a sign and with a
// fraction.
type Epoch time.Duration

// Parse reads a number at the head of b.
func (e Epoch) Parse(b []byte) (ns int64, n int) {
	neg := len(b) > 0 && b[0] == '-'
	if neg {
		n++
	}
	start, v := n, int64(0)
	for n < len(b) && b[n]-'0' <= 9 {
		if n-start >= 19 {
			return 0, 0
		}
		v = v*10 + int64(b[n]-'0')
		n++
	}
	if n == start || v < 0 || v > (1<<63-1-1e9)/int64(e) {
		return 0, 0
	}
	ns = v * int64(e)
	if n+1 < len(b) && b[n] == '.' && b[n+1]-'0' <= 9 {
		var f int64
		f, n = fraction(b, n+1)
		ns += f / (1e9 / int64(e))
	}
	if neg {
		ns = -ns
	}
	return ns, n
}

// EpochGuess parses a number since the Unix epoch whose unit its size tells:
// seconds up to 11 digits, then milli-, micro- and nanoseconds.
func EpochGuess(b []byte) (ns int64, n int) {
	d := 0
	if len(b) > 0 && b[0] == '-' {
		d++
	}
	start := d
	for d < len(b) && b[d]-'0' <= 9 {
		d++
	}
	unit := time.Second
	switch d -= start; {
	case d > 17:
		unit = time.Nanosecond
	case d > 14:
		unit = time.Microsecond
	case d > 11:
		unit = time.Millisecond
	}
	return Epoch(unit).Parse(b)
}
