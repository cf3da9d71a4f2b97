package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/internal/control"
	"github.com/heka-project/heka/internal/tlsx"
)

// sbmgrConfig is the file of heka-sbmgr and heka-sbmgrload.
type sbmgrConfig struct {
	Address string      `toml:"ip_address"`
	UseTLS  bool        `toml:"use_tls"`
	TLS     tlsx.Config `toml:"tls"`
	Signer  floodSigner `toml:"signer"`
}

func loadSbmgr(name string) (*controlSender, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var c sbmgrConfig
	if err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&c); err != nil {
		return nil, tomlError(name, err)
	}
	if c.Address == "" {
		return nil, fmt.Errorf("%s: ip_address is missing; give host:port of hekad's TcpInput", name)
	}
	s := &controlSender{address: c.Address, useTLS: c.UseTLS, tls: c.TLS, timeout: 30 * time.Second}
	if c.Signer.Name != "" {
		k, err := c.Signer.signer()
		if err != nil {
			return nil, fmt.Errorf("%s: signer.hmac_hash: %w", name, err)
		}
		s.hmac = &k
	}
	return s, nil
}

func legacySbmgr(ctx context.Context, t *terminal, name string, args []string) error {
	f := legacyFlags(t, name, "-config sbmgr.toml -action load -script FILE.lua -scriptconfig FILE.toml | -action unload -filtername NAME")
	config := f.String("config", "sbmgr.toml", "file with ip_address, use_tls, tls and signer")
	script := f.String("script", "xyz.lua", "script to load")
	section := f.String("scriptconfig", "xyz.toml", "section of the filter to load")
	filter := f.String("filtername", "filter", "section's name of the filter to unload")
	action := f.String("action", "load", "load or unload")
	if done, err := legacyParse(f, args, exitUsage); done {
		return err
	}
	if f.NFlag() == 0 {
		f.Usage()
		return nil
	}
	s, err := loadSbmgr(*config)
	if err != nil {
		return err
	}
	o := control.Order{Action: *action}
	switch *action {
	case control.Load, control.Replace:
		if o.Config, o.Script, err = t.readFilter(*section, *script); err != nil {
			return err
		}
	case control.Unload, control.Pause, control.Resume:
		o.Name = *filter
	default:
		return exitWith(exitUsage, fmt.Errorf("-action %q is not known; use load or unload", *action))
	}
	return s.send(ctx, o)
}

// counterScript is what heka-sbmgrload loads.
const counterScript = `-- Counts messages and tells how many there were.
local seen = 0

function process_message()
    seen = seen + 1
    return 0
end

function timer_event(ns)
    inject_payload("txt", "count", seen, " messages\n")
end
`

const counterSection = `[CounterSandbox%d]
type = "SandboxFilter"
message_matcher = "Type == 'hekabench'"
ticker_interval = 5
filename = "counter.lua"
`

func legacySbmgrload(ctx context.Context, t *terminal, name string, args []string) error {
	f := legacyFlags(t, name, "-config sbmgr.toml -action load|unload -num N")
	config := f.String("config", "sbmgrload.toml", "file with ip_address, use_tls, tls and signer")
	action := f.String("action", "load", "load or unload")
	num := f.Int("num", 1, "how many filters")
	if done, err := legacyParse(f, args, exitUsage); done {
		return err
	}
	if f.NFlag() == 0 {
		f.Usage()
		return nil
	}
	if *num < 1 || *num > 1_000_000 {
		return exitWith(exitUsage, errors.New("-num is not between 1 and 1000000"))
	}
	s, err := loadSbmgr(*config)
	if err != nil {
		return err
	}
	orders := make([]control.Order, *num)
	for i := range orders {
		switch o := &orders[i]; *action {
		case control.Load:
			*o = control.Order{Action: control.Load, Config: fmt.Sprintf(counterSection, i+1), Script: counterScript}
		case control.Unload:
			*o = control.Order{Action: control.Unload, Name: fmt.Sprintf("CounterSandbox%d", i+1)}
		default:
			return exitWith(exitUsage, fmt.Errorf("-action %q is not known; use load or unload", *action))
		}
	}
	return s.send(ctx, orders...)
}
