package mysqllog

import (
	"bytes"
	"errors"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// ErrorConfig holds the options of MysqlErrorDecoder.
type ErrorConfig struct {
	Type        string `toml:"message_type" default:"mysql.error" doc:"Type of the messages; when empty, the input's."`
	TZ          string `toml:"tz" default:"Local" doc:"Time zone of times that tell none: an IANA name, UTC or Local."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Leave the whole record in the payload and put its text into Fields[msg]."`
}

// Validate looks the time zone up.
func (c ErrorConfig) Validate() error { return checkZone(c.TZ) }

func init() {
	plugin.RegisterDecoder("MysqlErrorDecoder", plugin.About{
		Doc:    "Reads the error log of MySQL, MariaDB and Percona Server.",
		Sample: sample,
		Readme: readme,
	}, NewError)
}

// ErrorDecoder reads records of one stream.
type ErrorDecoder struct {
	cfg   ErrorConfig
	iso   stamp.RFC3339
	plain *stamp.Layout // 2017-03-13 16:36:29
	old   *stamp.Layout // 170313 16:36:29
}

var errErrorTime = errors.New("mysql error log record does not begin with a time")

// NewError makes a decoder.
func NewError(cfg ErrorConfig, env plugin.Env) (plugin.Decoder, error) {
	old, err := oldTime(cfg.TZ)
	if err != nil {
		return nil, err
	}
	plain, err := stamp.NewLayout("%Y-%m-%d %k:%M:%S")
	if err != nil {
		return nil, err
	}
	plain.Loc = old.Loc
	old.Now = env.NowFunc()
	return &ErrorDecoder{cfg: cfg, plain: plain, old: old}, nil
}

var (
	thread    = message.NewFieldHead("Thread_id", message.Integer, "")
	errorCode = message.NewFieldHead("Error_code", message.String, "")
	subsystem = message.NewFieldHead("Subsystem", message.String, "")
	msg       = message.NewFieldHead("msg", message.String, "")
)

// Decode reads one record:
//
//	2020-08-06T14:25:02.835618Z 0 [Note] [MY-012487] [InnoDB] text    MySQL 8
//	2017-03-13T16:36:29.123456Z 7 [Note] text                         MySQL 5.7
//	2017-03-13 16:36:29 140109873625984 [Note] text                   MariaDB, MySQL 5.6
//	170313 16:36:29 [Note] text                                       before
func (d *ErrorDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := trim(in.Data)
	ns, n := d.time(b)
	if n == 0 || n < len(b) && b[n] != ' ' {
		return errErrorTime
	}
	in.Begin(out)
	if d.cfg.Type != "" {
		out.Type = d.cfg.Type
	}
	out.Timestamp = ns
	rest := bytes.TrimLeft(b[n:], " ")
	word, behind, _ := bytes.Cut(rest, []byte(" "))
	if id, ok := integer(word); ok && len(behind) > 0 && behind[0] == '[' {
		out.PutInt(&thread, id)
		rest = behind
	}
	if level, behind, ok := mark(rest); ok {
		if s := severity(level); s >= 0 {
			out.Severity = s
			rest = behind
			if code, behind, ok := mark(rest); ok && bytes.HasPrefix(code, []byte("MY-")) {
				out.PutText(&errorCode, message.Borrow(code))
				rest = behind
				if sub, behind, ok := mark(rest); ok && bytes.IndexByte(sub, ' ') < 0 {
					out.PutText(&subsystem, message.Borrow(sub))
					rest = behind
				}
			}
		}
	}
	if d.cfg.PayloadKeep {
		out.Payload = message.Borrow(b)
		out.PutText(&msg, message.Borrow(rest))
	} else {
		out.Payload = message.Borrow(rest)
	}
	return out.End()
}

func (d *ErrorDecoder) time(b []byte) (int64, int) {
	if ns, n := d.iso.Parse(b); n > 0 {
		return ns, n
	}
	if len(b) > 4 && b[4] == '-' {
		return d.plain.Parse(b)
	}
	return d.old.Parse(b)
}

// mark reads [text] at the head of b and one blank behind it.
func mark(b []byte) (in, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '[' {
		return nil, nil, false
	}
	n := bytes.IndexByte(b, ']')
	if n < 0 {
		return nil, nil, false
	}
	return b[1:n], bytes.TrimPrefix(b[n+1:], []byte(" ")), true
}

// severity of a level in any case, -1 for none.
func severity(b []byte) int32 {
	if len(b) < 4 {
		return -1
	}
	switch {
	case bytes.EqualFold(b, []byte("error")):
		return 3
	case bytes.EqualFold(b, []byte("warning")), bytes.EqualFold(b, []byte("warn")):
		return 4
	case bytes.EqualFold(b, []byte("note")), bytes.EqualFold(b, []byte("system")):
		return 5
	case bytes.EqualFold(b, []byte("info")):
		return 6
	case bytes.EqualFold(b, []byte("debug")):
		return 7
	}
	return -1
}
