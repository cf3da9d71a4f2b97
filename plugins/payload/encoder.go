// Package payload holds PayloadEncoder, which writes a message's payload and
// nothing else but, where asked for, the time in front of it.
package payload

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/internal/timetext"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed payload.toml
var sample string

// Config holds the options of PayloadEncoder.
type Config struct {
	AppendNewlines bool   `toml:"append_newlines" default:"true" doc:"End each payload with a newline, unless it has one."`
	PrefixTS       bool   `toml:"prefix_ts" doc:"Write the time and a blank in front of each payload."`
	TSFromMessage  bool   `toml:"ts_from_message" default:"true" doc:"Take that time from the message, else from the clock."`
	TSFormat       string `toml:"ts_format" default:"[%Y/%b/%d:%H:%M:%S %z]" doc:"Form of that time, in the notation of strftime."`
	TZ             string `toml:"tz" default:"Local" doc:"Time zone of that time: an IANA name, UTC or Local."`
}

// Validate checks the form of the time.
func (c Config) Validate() error {
	if _, err := timetext.New(c.TSFormat, nil); c.PrefixTS && (err != nil || c.TSFormat == "") {
		return &plugin.OptionError{Option: "ts_format", What: fmt.Sprintf("%q holds nothing of the time", c.TSFormat), Fix: `write a strftime format such as "%Y-%m-%dT%H:%M:%S%z"`}
	}
	if _, err := stamp.Zone(c.TZ); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

func init() {
	plugin.RegisterEncoder("PayloadEncoder", plugin.About{
		Doc:    "Writes the payload of each message, with or without the time in front.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Encoder writes payloads. It belongs to one output.
type Encoder struct {
	cfg   Config
	now   func() time.Time
	times *timetext.Writer // nil: none are written
}

// New makes an encoder.
func New(cfg Config, env plugin.Env) (plugin.Encoder, error) {
	loc, err := stamp.Zone(cfg.TZ)
	if err != nil {
		return nil, err
	}
	e := &Encoder{cfg: cfg, now: env.NowFunc()}
	if cfg.PrefixTS {
		e.times, err = timetext.New(cfg.TSFormat, loc)
	}
	return e, err
}

// Encode appends the payload. A message without one makes an empty line, as long
// as append_newlines or prefix_ts is on.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	if e.times != nil {
		ns := v.Timestamp()
		if !e.cfg.TSFromMessage {
			ns = e.now().UnixNano()
		}
		dst = append(e.times.Append(dst, ns), ' ')
	}
	p := v.Payload()
	dst = append(dst, p...)
	if e.cfg.AppendNewlines && (p == "" || p[len(p)-1] != '\n') {
		dst = append(dst, '\n')
	}
	return dst, nil
}
