// Package framing holds HekaFramingSplitter: Heka's own stream framing, with
// signatures. See docs/formats/framing.md.
package framing

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed framing.toml
var sample string

func init() {
	plugin.RegisterSplitter("HekaFramingSplitter", plugin.About{
		Doc:          "Finds Heka's framed messages in a stream and verifies their signatures.",
		Readme:       readme,
		Sample:       sample,
		MessageBytes: true,
	}, newSplitter)
}

// Config holds the options of HekaFramingSplitter.
type Config struct {
	Signer   map[string]Signer `toml:"signer" doc:"Keys of the signers whose messages are taken, one table each, named by signer and key version, as in ops_0."`
	SkipAuth bool              `toml:"skip_authentication" default:"false" doc:"Take signed messages without looking at their signature; they count as unsigned."`
}

// Signer is one signer's key in one version.
type Signer struct {
	HmacKey string `toml:"hmac_key" doc:"The shared secret, its bytes as written."`
}

// Validate checks the names of signers and that each has a key.
func (c Config) Validate() error {
	names := make([]string, 0, len(c.Signer))
	for name := range c.Signer {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		option := "signer." + name
		signer, version, _ := cutLast(name, '_')
		if n, err := strconv.ParseUint(version, 10, 32); err != nil || signer == "" || strconv.FormatUint(n, 10) != version {
			return &plugin.OptionError{Option: option, What: "signer " + strconv.Quote(name) + " does not name a signer and its key version", Fix: "write the name, an underscore and a number, as in ops_0"}
		}
		if c.Signer[name].HmacKey == "" {
			return &plugin.OptionError{Option: option + ".hmac_key", What: option + " has no hmac_key, so anybody could sign", Fix: "write the secret that the signer uses"}
		}
	}
	return nil
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// Splitter finds framed messages.
type Splitter struct {
	keys *message.Keys
	max  int
}

func newSplitter(c Config, env plugin.Env) (plugin.Splitter, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Splitter{max: env.MaxMessageSize}
	if s.max <= 0 {
		s.max = 64 << 10
	}
	if !c.SkipAuth {
		keys := make(map[string]string, len(c.Signer))
		for name, signer := range c.Signer {
			keys[name] = signer.HmacKey
		}
		s.keys = message.NewKeys(keys)
	}
	return s, nil
}

// Keys returns what signatures are checked with, nil when they are not.
func (s *Splitter) Keys() *message.Keys { return s.keys }

// Split finds the first framed message; the record is the message without its
// framing. Bytes that cannot begin a frame, and messages whose signature does
// not hold, are passed over.
func (s *Splitter) Split(b []byte, _ bool) (start, end, advance int) {
	var f message.Frame
	if !message.NextFrame(b, 0, s.max, &f) {
		return 0, -1, f.Skipped
	}
	if f.Signed && s.keys != nil {
		if _, err := s.keys.Verify(&f, b[f.Start:f.End]); err != nil {
			return 0, -1, f.End
		}
	}
	return f.Start, f.End, f.End
}
