package fields

import (
	"fmt"

	"github.com/heka-project/heka/internal/passon"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// FilterConfig holds the options of FieldsFilter.
type FilterConfig struct {
	Type string `toml:"message_type" default:"%{Type}.changed" doc:"Type of the changed copies, in which %{…} is filled in; the filter's own matcher must not take it."`
	Options
}

func init() {
	plugin.RegisterFilter("FieldsFilter", plugin.About{
		Doc:    "Injects copies of messages with fields renamed, dropped, converted and redacted.",
		Sample: sample,
		Readme: readme,
	}, NewFilter)
}

// Validate compiles the options.
func (c FilterConfig) Validate() error {
	if _, err := passon.New(c.Type); err != nil {
		return &plugin.OptionError{Option: "message_type", What: err.Error(), Fix: "write names as in %{Type}"}
	}
	return c.Options.Validate()
}

// Filter injects changed copies.
type Filter struct {
	*changer
	copier *passon.Copier
	view   message.View
}

// NewFilter makes a filter.
func NewFilter(cfg FilterConfig, _ plugin.Env) (plugin.Filter, error) {
	r, err := cfg.compile()
	if err != nil {
		return nil, err
	}
	copier, err := passon.New(cfg.Type)
	return &Filter{changer: newChanger(r), copier: copier}, err
}

// Process injects a changed copy of each message. What cannot be injected is
// counted and told; the others go on.
func (f *Filter) Process(in *message.Selection, out plugin.Emitter) error {
	var failed error
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !f.view.Parse(in.At(i), nil) {
			failed = message.ErrDamaged
			continue
		}
		b := f.copier.Begin(out, &f.view)
		f.apply(b, &f.view)
		if err := out.Inject(); err != nil {
			failed = fmt.Errorf("inject a changed copy of %q: %w", f.view.Type(), err)
		}
	}
	return failed
}
