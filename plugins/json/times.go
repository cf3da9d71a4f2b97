package json

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/timefmt-go"

	"github.com/heka-project/heka/internal/jsontext"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
)

// times writes the Timestamp in the form that was asked for.
type times struct {
	form   string // rfc3339, epoch…, or "" for the format
	format string
	writer stamp.Writer
	buf    []byte // the formatted time before it is quoted
}

func newTimes(form string) (times, error) {
	switch form {
	case "":
		return times{form: "rfc3339"}, nil
	case "rfc3339", "epoch", "epoch_ms", "epoch_us", "epoch_ns":
		return times{form: form}, nil
	}
	if !strings.Contains(form, "%") {
		return times{}, fmt.Errorf("%q is no form of a time", form)
	}
	return times{format: form}, nil
}

func (t *times) append(dst []byte, ns int64) []byte {
	switch t.form {
	case "rfc3339":
		return append(t.writer.Append(append(dst, '"'), ns), '"')
	case "epoch":
		return stamp.AppendSeconds(dst, ns)
	case "epoch_ms":
		return strconv.AppendInt(dst, floor(ns, 1e6), 10)
	case "epoch_us":
		return strconv.AppendInt(dst, floor(ns, 1e3), 10)
	case "epoch_ns":
		return strconv.AppendInt(dst, ns, 10)
	}
	t.buf = timefmt.AppendFormat(t.buf[:0], time.Unix(0, ns).UTC(), t.format)
	return jsontext.AppendString(dst, message.Borrow(t.buf))
}

func floor(ns, unit int64) int64 {
	if ns < 0 && ns%unit != 0 {
		return ns/unit - 1
	}
	return ns / unit
}
