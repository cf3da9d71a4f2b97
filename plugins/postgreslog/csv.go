package postgreslog

import (
	"bytes"
	"errors"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// CSVConfig holds the options of PostgresCsvDecoder.
type CSVConfig struct {
	Type string `toml:"message_type" default:"postgresql" doc:"Type of the messages; when empty, the input's."`
	TZ   string `toml:"tz" default:"Local" doc:"Time zone that short names of zones are looked up in: an IANA name, UTC or Local."`
}

// Validate looks the time zone up.
func (c CSVConfig) Validate() error { return checkZone(c.TZ) }

// CSVDecoder reads records of one stream.
type CSVDecoder struct {
	typ   string
	times times
	text  []byte   // values whose quotes were undone
	cols  [][2]int // bounds of the values in text
}

// What a record can be refused for.
var (
	errCSV     = errors.New("postgresql csvlog record is damaged: a quote is not closed, or text follows one")
	errColumns = errors.New("postgresql csvlog record has not 22 to 26 columns")
	errCSVTime = errors.New("postgresql csvlog record does not begin with a time")
)

// columns of csvlog in PostgreSQL 14; before, the last ones are missing. The
// numbers of those that are no fields are below.
var columns = [...]string{"", "user_name", "database_name", "", "", "session_id", "session_line_num", "command_tag", "session_start_time",
	"virtual_transaction_id", "transaction_id", "error_severity", "sql_state_code", "", "detail", "hint", "internal_query", "internal_query_pos",
	"context", "query", "query_pos", "location", "application_name", "backend_type", "leader_pid", "query_id"}

const (
	colTime, colPid, colRemote, colSeverity, colMessage = 0, 3, 4, 11, 13
	fewestColumns                                       = 22
)

var columnHeads = func() (list [len(columns)]message.FieldHead) {
	for i, name := range columns {
		t := message.String
		switch name {
		case "session_line_num", "transaction_id", "internal_query_pos", "query_pos", "leader_pid", "query_id":
			t = message.Integer
		}
		list[i] = message.NewFieldHead(name, t, "")
	}
	return
}()

// NewCSV makes a decoder.
func NewCSV(cfg CSVConfig, _ plugin.Env) (plugin.Decoder, error) {
	d := &CSVDecoder{typ: cfg.Type}
	return d, d.times.init(cfg.TZ)
}

// Decode reads one record; it may span lines.
func (d *CSVDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	if !d.split(bytes.TrimRight(in.Data, "\r\n\x00")) {
		return errCSV
	}
	if n := len(d.cols); n < fewestColumns || n > len(columns) {
		return errColumns
	}
	ns, n := d.times.parse(d.col(colTime))
	if n == 0 {
		return errCSVTime
	}
	in.Begin(out)
	if d.typ != "" {
		out.Type = d.typ
	}
	out.Timestamp = ns
	for i := range d.cols {
		v := d.col(i)
		switch {
		case len(v) == 0 || i == colTime || i == colMessage:
			continue
		case i == colRemote:
			remote(v, out)
			continue
		case i == colPid:
			if pid, n := number(v, 0); n == len(v) && pid <= 1<<31-1 {
				out.Pid = int32(pid)
			}
			continue
		case i == colSeverity:
			if s := severity(v); s >= 0 {
				out.Severity = s
			}
		}
		h := &columnHeads[i]
		if h.Type() == message.String {
			out.PutText(h, message.Borrow(v))
		} else if x, n := number(v, 0); n == len(v) {
			out.PutInt(h, x)
		} else {
			out.String(columns[i], message.Borrow(v), "")
		}
	}
	text := d.col(colMessage)
	if string(d.col(colSeverity)) == "LOG" {
		statement(text, out)
	}
	out.Payload = message.Borrow(text)
	return out.End()
}

func (d *CSVDecoder) col(i int) []byte { return d.text[d.cols[i][0]:d.cols[i][1]] }

// split takes the columns apart and their quotes off; false when they do not add
// up.
func (d *CSVDecoder) split(b []byte) bool {
	d.text, d.cols = d.text[:0], d.cols[:0]
	for len(d.cols) <= len(columns) {
		start := len(d.text)
		if len(b) > 0 && b[0] == '"' {
			b = b[1:]
			for {
				n := bytes.IndexByte(b, '"')
				if n < 0 {
					return false
				}
				d.text = append(d.text, b[:n]...)
				if b = b[n+1:]; len(b) == 0 || b[0] != '"' {
					break
				}
				d.text = append(d.text, '"')
				b = b[1:]
			}
			if len(b) > 0 && b[0] != ',' {
				return false
			}
		} else {
			n := bytes.IndexByte(b, ',')
			if n < 0 {
				n = len(b)
			}
			d.text = append(d.text, b[:n]...)
			b = b[n:]
		}
		d.cols = append(d.cols, [2]int{start, len(d.text)})
		if len(b) == 0 {
			return true
		}
		b = b[1:]
	}
	return true
}
