package syslog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// EncoderConfig holds the options of SyslogEncoder.
type EncoderConfig struct {
	Format   string `toml:"format" default:"rfc5424" enum:"rfc5424,rfc3164" doc:"Form of the records."`
	Framing  string `toml:"framing" default:"newline" enum:"newline,octets,none" doc:"What marks the end of a record: a line end, its length in front of it (RFC 6587), or nothing, as in datagrams."`
	Priority bool   `toml:"priority" default:"true" doc:"Write the priority; without it, rfc3164 is the form of log files."`
	Time     string `toml:"time_format" default:"bsd" enum:"bsd,rfc3339" doc:"Form of the time in rfc3164; rfc5424 always has rfc3339."`
	Digits   int    `toml:"time_digits" default:"-1" doc:"Digits of the fraction of a second in rfc3339, 0 to 6; -1 writes those that it needs."`
	TZ       string `toml:"tz" doc:"Time zone of the times: an IANA name, UTC or Local; when empty, UTC in rfc3339 and Local in bsd, which tells no zone."`
	Facility string `toml:"facility" default:"user" doc:"Facility of messages without a field syslogfacility: a keyword such as local0, or a number."`
	Hostname string `toml:"hostname" default:"%{Hostname}" doc:"Host, in which %{…} is filled in."`
	AppName  string `toml:"app_name" doc:"Program, in which %{…} is filled in; when empty, the field programname, and Logger where the message is no syslog record."`
	Msg      string `toml:"msg" default:"%{Payload}" doc:"Text, in which %{…} is filled in."`
	SDID     string `toml:"sd_id" default:"fields@32473" doc:"Element of structured data for the fields that no syslog record has; when empty, they are left out. Write your enterprise number behind the @."`
	BOM      bool   `toml:"bom" doc:"Write the byte order mark in front of a text that is UTF-8, in rfc5424."`
}

// Validate checks zone, facility and texts.
func (c EncoderConfig) Validate() error {
	_, err := newEncoder(c)
	return err
}

func init() {
	plugin.RegisterEncoder("SyslogEncoder", plugin.About{
		Doc:    "Writes messages as syslog records of RFC 5424 or RFC 3164.",
		Sample: sample,
		Readme: readme,
	}, NewEncoder)
}

// Encoder writes records. It belongs to one output.
type Encoder struct {
	cfg            EncoderConfig
	facility       int
	host, app, msg *interp.Text // app may be nil
	clock          wallClock
	octets         bool // line ends may stand in a record
	text           []byte
	ids            []string // elements written, borrowed from the message
	known          known
}

// known are the fields of a message that SyslogDecoder makes; their texts are
// borrowed.
type known struct {
	facility               int64
	program, procid, msgid string
	syslog                 bool // a facility was there
	others                 bool // fields that are none of these
}

// NewEncoder makes an encoder.
func NewEncoder(cfg EncoderConfig, _ plugin.Env) (plugin.Encoder, error) { return newEncoder(cfg) }

func newEncoder(c EncoderConfig) (*Encoder, error) {
	e := &Encoder{cfg: c, octets: c.Framing == "octets"}
	bsd := c.Format == "rfc3164" && c.Time == "bsd"
	zone := c.TZ
	if zone == "" && bsd {
		zone = "Local"
	}
	loc, err := stamp.Zone(zone)
	if err != nil {
		return nil, &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	if c.Digits < -1 || c.Digits > 6 {
		return nil, &plugin.OptionError{Option: "time_digits", What: fmt.Sprintf("%d digits cannot be written", c.Digits), Fix: "write 0 to 6, or -1 for as many as a time needs"}
	}
	e.clock = wallClock{loc: loc, bsd: bsd, digits: c.Digits}
	if e.facility = facilityOf(c.Facility); e.facility < 0 {
		return nil, &plugin.OptionError{Option: "facility", What: fmt.Sprintf("%q is no facility", c.Facility), Fix: "write " + strings.Join(facilities[:], ", ") + " or a number of 0 to 23"}
	}
	if c.SDID != "" && c.SDID != sdClean(c.SDID) {
		return nil, &plugin.OptionError{Option: "sd_id", What: fmt.Sprintf("%q is no name of an element", c.SDID), Fix: `write at most 32 letters, as in "fields@32473"`}
	}
	for _, t := range [...]struct {
		option, text string
		to           **interp.Text
	}{{"hostname", c.Hostname, &e.host}, {"app_name", c.AppName, &e.app}, {"msg", c.Msg, &e.msg}} {
		if t.text == "" && t.option == "app_name" {
			continue
		}
		if *t.to, err = interp.Compile(t.text, nil); err != nil {
			return nil, &plugin.OptionError{Option: t.option, What: err.Error(), Fix: "write names as in %{Type}"}
		}
	}
	return e, nil
}

var facilities = [24]string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
	"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}

// facilityOf reads a keyword or a number; -1 when it is neither.
func facilityOf(s string) int {
	for i, name := range facilities {
		if s == name {
			return i
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < len(facilities) {
		return n
	}
	return -1
}

// Encode appends one record, framed.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	if !e.look(v) {
		return dst, message.ErrDamaged
	}
	if e.octets {
		e.text = e.record(e.text[:0], v)
		dst = strconv.AppendInt(dst, int64(len(e.text)), 10)
		return append(append(dst, ' '), e.text...), nil
	}
	dst = e.record(dst, v)
	if e.cfg.Framing == "newline" {
		dst = append(dst, '\n')
	}
	return dst, nil
}

// look finds the fields of a syslog record; false when one cannot be read.
func (e *Encoder) look(v *message.View) bool {
	k := known{facility: int64(e.facility)}
	it := v.Fields()
	for it.Next() {
		f := it.Field()
		switch name := f.Name(); {
		case name == "syslogfacility" && f.Type == message.Integer:
			if n := f.Int(0); n >= 0 && n < 24 {
				k.facility, k.syslog = n, true
			}
		case f.Type != message.String:
			k.others = true
		case name == "programname":
			k.program = f.Text(0)
		case name == "procid":
			k.procid = f.Text(0)
		case name == "msgid":
			k.msgid = f.Text(0)
		case name != "hostname":
			k.others = true
		}
	}
	e.known = k
	return !it.Damaged()
}

func (e *Encoder) record(dst []byte, v *message.View) []byte {
	new5424 := e.cfg.Format != "rfc3164"
	if e.cfg.Priority || new5424 {
		pri := e.known.facility<<3 | int64(min(max(v.Severity(), 0), 7))
		dst = append(strconv.AppendInt(append(dst, '<'), pri, 10), '>')
	}
	if new5424 {
		return e.rfc5424(dst, v)
	}
	return e.rfc3164(dst, v)
}

// program appends the program's name; nothing when there is none.
func (e *Encoder) program(dst []byte, v *message.View) []byte {
	switch {
	case e.app != nil:
		dst, _ = e.app.Append(dst, v, nil)
		return dst
	case e.known.program == "" && !e.known.syslog:
		return append(dst, v.Logger()...)
	}
	return append(dst, e.known.program...)
}

// process appends the process id; nothing when there is none.
func (e *Encoder) process(dst []byte, v *message.View) []byte {
	if p := v.Pid(); p != 0 {
		return strconv.AppendInt(dst, int64(p), 10)
	}
	return append(dst, e.known.procid...)
}

// wallClock writes times, and keeps the text of a second.
type wallClock struct {
	loc    *time.Location
	bsd    bool
	digits int
	sec    int64  // second kept
	head   []byte // its text up to the fraction; empty before the first
	zone   string // and what follows the fraction
}

func (c *wallClock) append(dst []byte, ns int64) []byte {
	sec, frac := ns/1e9, ns%1e9
	if frac < 0 {
		sec--
		frac += 1e9
	}
	if sec != c.sec || len(c.head) == 0 {
		c.fill(sec)
	}
	dst = append(dst, c.head...)
	if c.bsd {
		return dst
	}
	micros, n := frac/1000, c.digits
	if n < 0 {
		for n = 6; n > 0 && micros%10 == 0; n-- {
			micros /= 10
		}
	} else {
		for range 6 - n {
			micros /= 10
		}
	}
	if n > 0 {
		b := [7]byte{'.'}
		for i := n; i > 0; i-- {
			b[i] = byte('0' + micros%10)
			micros /= 10
		}
		dst = append(dst, b[:n+1]...)
	}
	return append(dst, c.zone...)
}

func (c *wallClock) fill(sec int64) {
	t := time.Unix(sec, 0).In(c.loc)
	c.sec = sec
	if c.bsd {
		c.head = t.AppendFormat(c.head[:0], "Jan _2 15:04:05")
		return
	}
	c.head = t.AppendFormat(c.head[:0], "2006-01-02T15:04:05")
	if z := t.Format("Z07:00"); z != c.zone {
		c.zone = z
	}
}
