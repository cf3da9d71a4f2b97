package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/message"
)

// floodOptions are one test of flood, as in a section of its TOML file.
type floodOptions struct {
	Address      string        `toml:"ip_address"`
	Sender       string        `toml:"sender"` // tcp or udp
	Profile      string        `toml:"pprof_file"`
	Encoder      string        `toml:"encoder"` // accepted; it is always protobuf
	Messages     uint64        `toml:"num_messages"`
	IntervalText string        `toml:"message_interval"`
	Interval     time.Duration `toml:"-"`
	Size         uint64        `toml:"static_message_size"` // bytes of payload; the largest when sizes vary
	VariableSize bool          `toml:"variable_size_messages"`
	ASCII        bool          `toml:"ascii_only"`
	Corrupt      float64       `toml:"corrupt_percentage"` // shares, 0 to 1
	Signed       float64       `toml:"signed_percentage"`
	Oversized    float64       `toml:"oversized_percentage"`
	Signer       floodSigner   `toml:"signer"`
	UseTLS       bool          `toml:"use_tls"`
	TLS          tlsx.Config   `toml:"tls"`
	MaxSize      uint64        `toml:"max_message_size"`
	Reconnect    bool          `toml:"reconnect_on_error"`
	ReconnectGap uint64        `toml:"reconnect_interval"` // seconds
}

// floodSigner is a key to sign with.
type floodSigner struct {
	Name    string `toml:"name"`
	Hash    string `toml:"hmac_hash"`
	Key     string `toml:"hmac_key"`
	Version uint32 `toml:"version"`
}

func (s *floodSigner) signer() (message.Signer, error) {
	h, err := message.ParseHash(s.Hash)
	return message.Signer{Name: s.Name, Hash: h, Key: s.Key, Version: s.Version}, err
}

func floodDefaults() floodOptions {
	return floodOptions{Sender: "tcp", Size: 1000, MaxSize: 64 << 10, ReconnectGap: 5}
}

// loadFlood reads one test of a file.
func loadFlood(name, test string) (*floodOptions, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return parseFlood(name, test, b)
}

// parseFlood finds one test in the text of a file.
func parseFlood(name, test string, b []byte) (*floodOptions, error) {
	var sections map[string]any
	if err := toml.Unmarshal(b, &sections); err != nil {
		return nil, tomlError(name, err)
	}
	if sections[test] == nil {
		known := make([]string, 0, len(sections))
		for s := range sections {
			known = append(known, s)
		}
		slices.Sort(known)
		return nil, fmt.Errorf("%s has no test [%s]; it has %s", name, test, strings.Join(known, ", "))
	}
	// Each section is decoded with its own defaults, so that unknown options of
	// any test are complained about with their place.
	tests := map[string]*floodOptions{}
	for s := range sections {
		o := floodDefaults()
		o.Sender = ""
		tests[s] = &o
	}
	d := toml.NewDecoder(bytes.NewReader(b))
	if err := d.DisallowUnknownFields().Decode(&tests); err != nil {
		return nil, tomlError(name, err)
	}
	o := tests[test]
	if o.IntervalText != "" {
		var err error
		if o.Interval, err = time.ParseDuration(o.IntervalText); err != nil {
			return nil, fmt.Errorf("%s: [%s] message_interval %q is not a duration; write \"10ms\" or \"1s\"", name, test, o.IntervalText)
		}
	}
	return o, nil
}

// tomlError says where a file is wrong.
func tomlError(name string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var lines []string
		for i := range strict.Errors {
			e := &strict.Errors[i]
			row, col := e.Position()
			lines = append(lines, fmt.Sprintf("%s:%d:%d: no option %q; see the help", name, row, col, strings.Join(e.Key(), ".")))
		}
		return errors.New(strings.Join(lines, "\n"))
	}
	var e *toml.DecodeError
	if errors.As(err, &e) {
		row, col := e.Position()
		return fmt.Errorf("%s:%d:%d: %w", name, row, col, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (o *floodOptions) validate() error {
	switch {
	case o.Address == "":
		return errors.New("ip_address is missing; give host:port")
	case o.Sender != "tcp" && o.Sender != "udp":
		return fmt.Errorf("sender %q is not known; use tcp or udp", o.Sender)
	case o.MaxSize <= 1024 || o.MaxSize > 1<<30:
		return fmt.Errorf("max_message_size %d is not between 1025 and %d", o.MaxSize, 1<<30)
	case o.Size > o.MaxSize:
		return fmt.Errorf("static_message_size %d is larger than max_message_size %d", o.Size, o.MaxSize)
	case o.UseTLS && o.Sender != "tcp":
		return errors.New("use_tls needs sender \"tcp\"")
	case o.Oversized > 0 && !o.VariableSize:
		return errors.New("oversized_percentage needs variable_size_messages = true")
	}
	for _, p := range []struct {
		name  string
		share float64
	}{{"corrupt_percentage", o.Corrupt}, {"signed_percentage", o.Signed}, {"oversized_percentage", o.Oversized}} {
		if !(p.share >= 0 && p.share <= 1) {
			return fmt.Errorf("%s %g is not a share; write 0.05 for five of a hundred", p.name, p.share)
		}
	}
	if o.Signed > 0 {
		if o.Signer.Name == "" || o.Signer.Key == "" {
			return errors.New("signed_percentage needs a signer table with name and hmac_key")
		}
		if _, err := o.Signer.signer(); err != nil {
			return fmt.Errorf("signer.hmac_hash: %w", err)
		}
	}
	return nil
}
