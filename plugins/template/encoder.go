// Package template holds TemplateEncoder, which writes a text for each message,
// filled in from it:
//
//	"%{Timestamp|%F %T} %{Hostname} %{Severity|name} %{user:-nobody}: %{Payload}"
//
// The text is taken apart when the configuration is read; filling it allocates
// nothing. Values are escaped as the place that they are written to needs.
package template

import (
	_ "embed"

	"github.com/heka-project/heka/internal/interp"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed template.toml
var sample string

// Config holds the options of TemplateEncoder.
type Config struct {
	Template  string `toml:"template" required:"true" doc:"Text to write, in which %{name}, %{name|form} and %{name:-text} are filled in."`
	Escape    string `toml:"escape" default:"line" enum:"line,none,json,html,url" doc:"How values from messages are written: line keeps a value on its line, none leaves it as it is, json, html and url make it fit into a JSON text, HTML or an address."`
	OnMissing string `toml:"on_missing" default:"empty" enum:"empty,skip" doc:"What to do when the message lacks a field for which the text names no fallback: write nothing in its place, or pass the message over."`
	Newline   bool   `toml:"append_newline" default:"true" doc:"End the text with a newline."`
	TZ        string `toml:"tz" default:"UTC" doc:"Time zone of strftime forms: an IANA name, UTC or Local."`
}

// Validate reads the text.
func (c Config) Validate() error {
	_, err := newEncoder(c)
	return err
}

func init() {
	plugin.RegisterEncoder("TemplateEncoder", plugin.About{
		Doc:    "Writes a text for each message, filled in from it.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Encoder writes texts. It belongs to one output.
type Encoder struct {
	text    *interp.Text
	escape  interp.Escape
	skip    bool
	newline bool
}

// New makes an encoder.
func New(cfg Config, _ plugin.Env) (plugin.Encoder, error) { return newEncoder(cfg) }

func newEncoder(c Config) (*Encoder, error) {
	loc, err := stamp.Zone(c.TZ)
	if err != nil {
		return nil, &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	text, err := interp.Compile(c.Template, loc)
	if err != nil {
		return nil, &plugin.OptionError{Option: "template", What: err.Error(), Fix: "write names as in %{Hostname}, and %%{ for these two characters"}
	}
	return &Encoder{text, escapes[c.Escape], c.OnMissing == "skip", c.Newline}, nil
}

// Encode appends the text.
func (e *Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	start := len(dst)
	dst, missing := e.text.Append(dst, v, e.escape)
	if missing && e.skip {
		return dst[:start], nil
	}
	if e.newline {
		dst = append(dst, '\n')
	}
	return dst, nil
}
