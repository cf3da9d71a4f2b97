// Package multi holds MultiDecoder, which has other decoders work on a record:
// the first that can read it, or all of them one behind another.
//
//	first-wins   record ─▶ A ✗ ─▶ B ✓ ─▶ messages
//	all          record ─▶ A ─▶ messages ─▶ B on each ─▶ messages ─▶ …
//
// In a chain the decoder behind gets each message so far as its base and the
// message's payload as its record; one that refuses leaves the message as it is.
package multi

import (
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed multi.toml
var sample string

// Config holds the options of MultiDecoder.
type Config struct {
	Subs            []string `toml:"subs" required:"true" doc:"Names of the decoder sections to use, in order."`
	CascadeStrategy string   `toml:"cascade_strategy" default:"first-wins" enum:"first-wins,all" doc:"first-wins: the first decoder that can read the record has it; all: each works on what the one before made."`
	LogSubErrors    bool     `toml:"log_sub_errors" doc:"Log what the decoders refuse, once a minute and decoder at most."`
}

// Validate checks that there is something to try.
func (c Config) Validate() error {
	if len(c.Subs) == 0 {
		return &plugin.OptionError{Option: "subs", What: "there is no decoder in the list", Fix: "name at least one decoder section"}
	}
	return nil
}

// References lists the decoders that are used.
func (c Config) References() []plugin.Reference {
	refs := make([]plugin.Reference, len(c.Subs))
	for i, name := range c.Subs {
		refs[i] = plugin.Reference{Kind: plugin.KindDecoder, Name: name, Option: fmt.Sprintf("subs[%d]", i)}
	}
	return refs
}

func init() {
	plugin.RegisterDecoder("MultiDecoder", plugin.About{
		Doc:    "Tries several decoders until one can read the record, or runs them one behind another.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// ErrNone means that no decoder could read the record.
var ErrNone = errors.New("no decoder of the list can read the record")

// refusal is an ErrNone that tells why, if somebody asks before the next record.
type refusal struct{ d *Decoder }

func (r refusal) Unwrap() error { return ErrNone }

// Error is "no decoder of the list …: json: JSON record is not an object; line: …".
func (r refusal) Error() string {
	var b strings.Builder
	b.WriteString(ErrNone.Error())
	for i, s := range r.d.subs {
		b.WriteString([2]string{": ", "; "}[min(i, 1)])
		b.WriteString(s.name + ": " + s.why.Error())
	}
	return b.String()
}

// Decoder runs others. It and they belong to one stream.
type Decoder struct {
	subs    []*sub
	holders []plugin.Finisher // those of them that may hold something back
	all     bool
	none    error // refusal of d
	self    stats
	view    message.View
	scratch [2]*message.Builder // messages between two decoders of a chain
}

// sub is one of the decoders.
type sub struct {
	name string
	plugin.Decoder
	stats
	why   error        // of its last refusal
	log   *slog.Logger // nil: refusals are not logged
	gripe logx.Minute  // about them
	now   func() time.Time
}

// New makes a decoder and an instance of each of the others.
func New(cfg Config, env plugin.Env) (plugin.Decoder, error) {
	d := &Decoder{all: cfg.CascadeStrategy == "all"}
	d.none = refusal{d}
	now := env.NowFunc()
	if env.Decoders == nil {
		return nil, errors.New("make decoders: there are none to be had here; a MultiDecoder belongs behind an input")
	}
	for _, name := range cfg.Subs {
		dec, err := env.Decoders(name)
		if err != nil {
			return nil, fmt.Errorf("make decoder %q: %w", name, err)
		}
		s := &sub{name: name, Decoder: dec, now: now}
		if cfg.LogSubErrors && env.Log != nil {
			s.log = env.Log.With("decoder", name)
		}
		d.subs = append(d.subs, s)
		if f, ok := dec.(plugin.Finisher); ok {
			d.holders = append(d.holders, f)
		}
	}
	if d.all {
		d.scratch = [2]*message.Builder{message.NewBuilder(env.MaxMessageSize), message.NewBuilder(env.MaxMessageSize)}
	}
	return d, nil
}

// Stop stops the decoders.
func (d *Decoder) Stop() error {
	var errs []error
	for _, s := range d.subs {
		if st, ok := s.Decoder.(plugin.Stopper); ok {
			errs = append(errs, st.Stop())
		}
	}
	return errors.Join(errs...)
}

// Holding reports whether one of the decoders holds something back.
func (d *Decoder) Holding() bool {
	for _, f := range d.holders {
		if f.Holding() {
			return true
		}
	}
	return false
}

// Finish has the decoders give out what they hold back; in a chain those behind
// work on it.
func (d *Decoder) Finish(in *plugin.Record, out *message.Builder) error {
	var errs []error
	for i, s := range d.subs {
		f, ok := s.Decoder.(plugin.Finisher)
		if !ok {
			continue
		}
		if !d.all || i == len(d.subs)-1 {
			errs = append(errs, f.Finish(in, out))
			continue
		}
		errs = append(errs, d.finishChain(f, i, in, out))
	}
	return errors.Join(errs...)
}

// Decode has the record read. ErrNone means that nobody could; its text tells why
// until the next record.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) (err error) {
	begin := d.self.begin()
	if d.all {
		err = d.chain(in, out)
	} else {
		err = d.first(in, out)
	}
	d.self.end(begin, err)
	return err
}

// first tries one decoder after another. One that ended messages before it
// failed has had the record.
func (d *Decoder) first(in *plugin.Record, out *message.Builder) error {
	for _, s := range d.subs {
		before := len(out.Ends())
		err := s.run(in, out)
		if err == nil || len(out.Ends()) > before || overflow(err) {
			return err
		}
	}
	return d.none
}

// overflow reports that no other decoder would fare better.
func overflow(err error) bool { return errors.Is(err, message.ErrNoRoom) }

// run calls the decoder and keeps the account.
func (s *sub) run(in *plugin.Record, out *message.Builder) error {
	begin := s.begin()
	err := s.Decode(in, out)
	s.end(begin, err)
	if err != nil {
		if s.why = err; s.log != nil {
			s.refused(err)
		}
	}
	return err
}

func (s *sub) refused(err error) {
	if n := s.gripe.Speak(s.now()); n > 0 {
		s.log.Warn("record refused", "err", err, "unlogged", n-1)
	}
}
