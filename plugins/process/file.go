package process

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/internal/procrun"
)

// file is what a file of ProcessDirectoryInput says.
type file struct {
	Config
	Splitter, Decoder string
}

// section is the table [ProcessInput] of such a file. What the folder or the
// surrounding input says instead is taken and passed over.
type section struct {
	Command        map[string]Command `toml:"command"`
	ImmediateStart bool               `toml:"immediate_start"`
	Timeout        any                `toml:"timeout"`
	Stdout         *bool              `toml:"stdout"`
	Stderr         bool               `toml:"stderr"`
	Splitter       string             `toml:"splitter"`
	Decoder        string             `toml:"decoder"`

	Type              string `toml:"type"`
	TickerInterval    any    `toml:"ticker_interval"`
	CanExit           any    `toml:"can_exit"`
	SynchronousDecode any    `toml:"synchronous_decode"`
	Retries           any    `toml:"retries"`
}

// parseFile reads a file and checks what it says.
func parseFile(text string) (f file, chain []procrun.Command, err error) {
	var doc struct {
		Process *section `toml:"ProcessInput"`
	}
	dec := toml.NewDecoder(strings.NewReader(text)).DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return f, nil, explain(err)
	}
	s := doc.Process
	switch {
	case s == nil:
		return f, nil, errors.New("there is no section in it; write [ProcessInput]")
	case s.Type != "" && s.Type != "ProcessInput":
		return f, nil, fmt.Errorf("type = %.40q; only ProcessInput is run from here", s.Type)
	}
	f.Config = Config{Command: s.Command, ImmediateStart: s.ImmediateStart, Stdout: s.Stdout == nil || *s.Stdout, Stderr: s.Stderr}
	f.Splitter, f.Decoder = s.Splitter, s.Decoder
	if f.Timeout, err = seconds(s.Timeout); err != nil {
		return f, nil, fmt.Errorf("timeout %w", err)
	}
	if err := f.Validate(); err != nil {
		return f, nil, err
	}
	chain, err = f.chain()
	return f, chain, err
}

// explain names the place of a complaint.
func explain(err error) error {
	var strict *toml.StrictMissingError
	var syntax *toml.DecodeError
	switch {
	case errors.As(err, &strict) && len(strict.Errors) > 0:
		e := &strict.Errors[0]
		line, col := e.Position()
		return fmt.Errorf("%d:%d: unknown option %q; only one section [ProcessInput] with options of ProcessInput may stand here", line, col, strings.Join(e.Key(), "."))
	case errors.As(err, &syntax):
		line, col := syntax.Position()
		return fmt.Errorf("%d:%d: %w", line, col, err)
	}
	return err
}

// seconds reads a time: a bare number counts seconds.
func seconds(v any) (time.Duration, error) {
	const most = 1 << 30
	switch v := v.(type) {
	case nil:
		return 0, nil
	case int64:
		if v >= 0 && v < most {
			return time.Duration(v) * time.Second, nil
		}
	case float64:
		if v >= 0 && v < most {
			return time.Duration(v * float64(time.Second)), nil
		}
	case string:
		if d, err := time.ParseDuration(v); err == nil && d >= 0 {
			return d, nil
		}
	}
	return 0, fmt.Errorf(`= %.40v is no time; write seconds as a number, or "1m30s"`, v)
}
