package plugintest

import (
	"errors"
	"testing"

	"github.com/heka-project/heka/plugin"
)

// BadOption checks that the configuration is refused for that option.
func BadOption(t testing.TB, cfg plugin.Validator, option string) {
	t.Helper()
	var oe *plugin.OptionError
	if err := cfg.Validate(); !errors.As(err, &oe) || oe.Option != option {
		t.Errorf("Validate(%+v) = %v, want a complaint about %s", cfg, err, option)
	}
}

// Make checks the configuration and makes the plugin of it.
func Make[C plugin.Validator, P any](t testing.TB, make func(C, plugin.Env) (P, error), cfg C) P {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	p, err := make(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
