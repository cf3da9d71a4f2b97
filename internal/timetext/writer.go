// Package timetext writes the times of messages in the form that a configuration
// asks for:
//
//	rfc3339                              2026-11-25T13:00:00.123Z, in UTC
//	epoch, epoch_ms, epoch_us, epoch_ns  a number
//	%Y-%m-%dT%H:%M:%S and the like       strftime, in any zone; %L, %f and %N are
//	                                     milli-, micro- and nanoseconds
//
// The text of a second is kept for the messages behind it, so that a format costs
// next to nothing where many messages share one. One goroutine uses a Writer.
package timetext

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"

	"github.com/heka-project/heka/internal/stamp"
)

// Writer appends times in one form.
type Writer struct {
	form   string // rfc3339, epoch…, or "" for the format
	format string
	loc    *time.Location
	rfc    stamp.Writer
	digits bool   // the format has %L or %N
	unit   int64  // ns for which a formatted text holds
	at     int64  // of the text kept, in units
	text   []byte // empty before the first
}

// New makes a writer. loc is the zone of strftime formats, nil for UTC. The error
// says what is wrong with the form.
func New(form string, loc *time.Location) (*Writer, error) {
	if loc == nil {
		loc = time.UTC
	}
	w := &Writer{form: form, loc: loc}
	switch form {
	case "":
		w.form = "rfc3339"
		return w, nil
	case "rfc3339", "epoch", "epoch_ms", "epoch_us", "epoch_ns":
		return w, nil
	}
	if !strings.Contains(form, "%") {
		return nil, fmt.Errorf("%q is no form of a time", form)
	}
	w.form, w.format, w.unit = "", form, 1e9
	if hasFraction(form) {
		w.unit = 1
		w.digits = withDigits(form, 0) != form
	}
	return w, nil
}

// Fix is what to write instead of a form that New refuses.
const Fix = "write rfc3339, epoch, epoch_ms, epoch_us, epoch_ns or a strftime format"

// Number reports whether what is written is a number.
func (w *Writer) Number() bool { return strings.HasPrefix(w.form, "epoch") }

// Plain reports whether what is written needs no escapes, in whatever it stands.
func (w *Writer) Plain() bool { return w.form != "" }

// Append appends a time, given in nanoseconds since the Unix epoch.
func (w *Writer) Append(dst []byte, ns int64) []byte {
	switch w.form {
	case "":
		return append(dst, w.formatted(ns)...)
	case "epoch":
		return stamp.AppendSeconds(dst, ns)
	case "epoch_ms":
		return strconv.AppendInt(dst, floor(ns, 1e6), 10)
	case "epoch_us":
		return strconv.AppendInt(dst, floor(ns, 1e3), 10)
	case "epoch_ns":
		return strconv.AppendInt(dst, ns, 10)
	}
	return w.rfc.Append(dst, ns)
}

func (w *Writer) formatted(ns int64) []byte {
	if at := floor(ns, w.unit); at != w.at || len(w.text) == 0 {
		w.at = at
		format := w.format
		if w.digits {
			format = withDigits(format, ns)
		}
		w.text = timefmt.AppendFormat(w.text[:0], time.Unix(0, ns).In(w.loc), format)
	}
	return w.text
}

// withDigits puts the milliseconds for %L and the nanoseconds for %N, which
// timefmt does not know.
func withDigits(format string, ns int64) string {
	var b strings.Builder
	frac := ns - floor(ns, 1e9)*1e9
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		switch i++; format[i] {
		case 'L':
			fmt.Fprintf(&b, "%03d", frac/1e6)
		case 'N':
			fmt.Fprintf(&b, "%09d", frac)
		default:
			b.WriteString(format[i-1 : i+1])
		}
	}
	return b.String()
}

func floor(ns, unit int64) int64 {
	if ns < 0 && ns%unit != 0 {
		return ns/unit - 1
	}
	return ns / unit
}

// hasFraction reports whether a format tells less than seconds.
func hasFraction(format string) bool {
	for i := 0; i+1 < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		i++
		for i < len(format) && strings.IndexByte("-_^#", format[i]) >= 0 || i < len(format) && format[i]-'0' <= 9 {
			i++
		}
		if i < len(format) && strings.IndexByte("fLNQ", format[i]) >= 0 {
			return true
		}
	}
	return false
}
