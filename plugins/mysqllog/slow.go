// Package mysqllog holds MysqlSlowDecoder and MariadbSlowDecoder, which read slow
// query logs, MysqlSlowSplitter, which cuts them, and MysqlErrorDecoder, which reads the error logs of MySQL, MariaDB
// and Percona Server.
//
//	# Time: 140507 15:52:28                               may be missing
//	# User@Host: syncrw[syncrw] @  [127.0.0.1]  Id: 7
//	# Query_time: 7.249660  Lock_time: 0.047038 Rows_sent: 5001  Rows_examined: 16458
//	use weave0;                                           may be missing
//	SET timestamp=1399503088;
//	SELECT …;                                             may span lines
//
// Whatever stands in the # lines becomes a field, so that what a server of
// another version or vendor adds is kept too. Parsers are written by hand, borrow
// the record and allocate nothing; a decoder belongs to one stream.
package mysqllog

import (
	"bytes"
	_ "embed"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed mysqllog.toml
var sample string

// MysqlConfig holds the options of MysqlSlowDecoder.
type MysqlConfig struct {
	Type string `toml:"message_type" default:"mysql.slow-query" doc:"Type of the messages; when empty, the input's."`
	Slow
}

// MariadbConfig holds the options of MariadbSlowDecoder.
type MariadbConfig struct {
	Type string `toml:"message_type" default:"mariadb.slow-query" doc:"Type of the messages; when empty, the input's."`
	Slow
}

// Slow holds the options that both have.
type Slow struct {
	TruncateSQL int    `toml:"truncate_sql" doc:"Longest statement in bytes, after which ... stands for the rest; a negative number takes as many bytes off its end; 0 keeps it whole."`
	TZ          string `toml:"tz" default:"Local" doc:"Time zone of times that tell none: an IANA name, UTC or Local."`
}

// Validate looks the time zone up.
func (c Slow) Validate() error { return checkZone(c.TZ) }

func checkZone(tz string) error {
	if _, err := stamp.Zone(tz); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

func init() {
	plugin.RegisterDecoder("MysqlSlowDecoder", plugin.About{
		Doc:    "Reads the slow query log of MySQL and Percona Server.",
		Sample: sample,
		Readme: readme,
	}, NewMysql)
	plugin.RegisterDecoder("MariadbSlowDecoder", plugin.About{
		Doc:    "Reads the slow query log of MariaDB.",
		Sample: sample,
		Readme: readme,
	}, NewMariadb)
}

// SlowDecoder reads records of one stream.
type SlowDecoder struct {
	typ   string
	limit int
	iso   stamp.RFC3339
	old   *stamp.Layout // 140507 15:52:28
	now   func() time.Time
	sql   []byte // the statement cut short
}

// What a record can be refused for.
var (
	errNoQueryTime = errors.New("slow query record has no # Query_time line")
	errNoQuery     = errors.New("slow query record ends before its statement")
)

// NewMysql makes a decoder.
func NewMysql(cfg MysqlConfig, env plugin.Env) (plugin.Decoder, error) {
	return newSlow(cfg.Type, cfg.Slow, env)
}

// NewMariadb makes a decoder.
func NewMariadb(cfg MariadbConfig, env plugin.Env) (plugin.Decoder, error) {
	return newSlow(cfg.Type, cfg.Slow, env)
}

func newSlow(typ string, c Slow, env plugin.Env) (plugin.Decoder, error) {
	old, err := oldTime(c.TZ)
	if err != nil {
		return nil, err
	}
	d := &SlowDecoder{typ: typ, limit: c.TruncateSQL, old: old, now: env.NowFunc()}
	d.old.Now = d.now
	return d, nil
}

// oldTime reads the time of MySQL before 5.7, whose hour has no leading zero.
func oldTime(tz string) (*stamp.Layout, error) {
	loc, err := stamp.Zone(tz)
	if err != nil {
		return nil, err
	}
	l, err := stamp.NewLayout("%y%m%d %k:%M:%S")
	if err == nil {
		l.Loc = loc
	}
	return l, err
}

// Decode reads one record: from its first # line to its statement. What stands
// before the first # line, as the head of a new file does, is passed over.
func (d *SlowDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	b := trim(in.Data)
	i := headLine(b)
	if i < 0 {
		return errNoQueryTime
	}
	b = b[i:]
	in.Begin(out)
	if d.typ != "" {
		out.Type = d.typ
	}
	out.Timestamp, out.Payload = 0, ""
	timed, admin := false, []byte(nil)
	var schema []byte
	for len(b) > 0 && b[0] == '#' {
		var line []byte
		line, b = cutLine(b)
		switch {
		case bytes.HasPrefix(line, []byte("# Time: ")):
			out.Timestamp = d.time(line[8:])
		case bytes.HasPrefix(line, []byte("# User@Host: ")):
			user(line[13:], out)
		case bytes.HasPrefix(line, []byte("# administrator command: ")):
			admin = line[2:]
		case bytes.HasPrefix(line, []byte("# explain: ")):
		default:
			timed = pairs(line[1:], out) || timed
		}
	}
	if !timed {
		return errNoQueryTime
	}
	for {
		line, rest := cutLine(b)
		if bytes.HasPrefix(line, []byte("use ")) && schema == nil {
			schema = bytes.Trim(bytes.TrimSuffix(line[4:], []byte(";")), "`")
			out.PutText(&database, message.Borrow(schema))
		} else if ns, ok := set(line); ok {
			if ns != 0 {
				out.Timestamp = ns
			}
		} else if bytes.HasPrefix(line, []byte("# administrator command: ")) {
			admin = line[2:]
		} else {
			break
		}
		b = rest
	}
	if len(b) == 0 {
		if b = admin; b == nil {
			return errNoQuery
		}
	}
	if out.Timestamp == 0 {
		if out.Timestamp = in.Default.Timestamp; out.Timestamp == 0 {
			out.Timestamp = d.now().UnixNano()
		}
	}
	out.Payload = message.Borrow(d.short(b))
	return out.End()
}

// headLine finds the first line that begins with #.
func headLine(b []byte) int {
	if len(b) > 0 && b[0] == '#' {
		return 0
	}
	if i := bytes.Index(b, []byte("\n#")); i >= 0 {
		return i + 1
	}
	return -1
}

// trim takes white space and line ends off both ends.
func trim(b []byte) []byte { return bytes.Trim(b, " \t\r\n\x00") }

// cutLine takes the first line off b.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// time reads what stands behind # Time:, 0 when it cannot be read.
func (d *SlowDecoder) time(b []byte) int64 {
	if ns, n := d.iso.Parse(b); n > 0 {
		return ns
	}
	ns, _ := d.old.Parse(b)
	return ns
}

// short cuts a statement to the length that the configuration allows, at a
// character.
func (d *SlowDecoder) short(sql []byte) []byte {
	n := d.limit
	if n < 0 {
		n = max(len(sql)+n, 0)
	}
	if d.limit == 0 || n >= len(sql) {
		return sql
	}
	for k := 0; k < utf8.UTFMax-1 && n > 0 && !utf8.RuneStart(sql[n]); k++ {
		n--
	}
	d.sql = append(append(d.sql[:0], sql[:n]...), "..."...)
	return d.sql
}
