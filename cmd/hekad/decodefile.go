package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// decoding reads log files as an input of a configuration would: with its splitter
// and its decoder, without the input itself.
type decoding struct {
	plan    *config.Plan
	sec     *config.Section
	split   plugin.Splitter
	decode  plugin.Decoder // nil: the record is the payload
	builder *message.Builder
	header  message.Header
	failed  int // records that no decoder could read
	example string
	now     func() time.Time // of records that do not tell
}

func newDecoding(plan *config.Plan, input string) (*decoding, error) {
	sec := plan.Find(plugin.KindInput, input)
	if sec == nil {
		return nil, exitWith(exitUsage, fmt.Errorf("--config has no input %q", input))
	}
	d := &decoding{plan: plan, sec: sec, now: time.Now, builder: message.NewBuilder(int(plan.Globals.MaxMessageSize))}
	d.header = message.Header{Logger: sec.Name, Hostname: plan.Globals.Hostname, Severity: message.DefaultSeverity}
	ss := plan.Find(plugin.KindSplitter, sec.Input.Splitter)
	if ss == nil {
		return nil, fmt.Errorf("[%s] has no splitter %q", sec.Name, sec.Input.Splitter)
	}
	p, err := ss.Info.New(ss.Config, d.env(ss))
	if err != nil {
		return nil, err
	}
	d.split = p.(plugin.Splitter)
	if _, framed := p.(plugin.Framed); framed {
		return nil, exitWith(exitUsage, fmt.Errorf("[%s] reads framed messages; name their file without --decode-as", sec.Name))
	}
	if sec.Input.Decoder != "" {
		d.decode, err = d.decoder(sec.Input.Decoder)
	}
	return d, err
}

func (d *decoding) env(sec *config.Section) plugin.Env {
	g := &d.plan.Globals
	return plugin.Env{Name: sec.Name, Log: slog.New(slog.DiscardHandler), Hostname: g.Hostname, BaseDir: g.BaseDir, ShareDir: g.ShareDir,
		MaxMessageSize: int(g.MaxMessageSize), Clock: clock.Real{}, FS: fsx.OS{}, Start: time.Now(), Decoders: d.decoder, NewDecoder: d.unnamed}
}

func (d *decoding) decoder(name string) (plugin.Decoder, error) {
	sec := d.plan.Find(plugin.KindDecoder, name)
	if sec == nil {
		return nil, fmt.Errorf("no decoder section is named %q", name)
	}
	p, err := sec.Info.New(sec.Config, d.env(sec))
	if err != nil {
		return nil, err
	}
	return p.(plugin.Decoder), nil
}

// unnamed makes a decoder without a section, of lines of TOML.
func (d *decoding) unnamed(typ, options string) (plugin.Decoder, error) {
	plan, err := config.Parse([]config.Source{{Name: typ, Text: fmt.Sprintf("[unnamed]\ntype = %q\n%s\n", typ, options)}}, config.Options{})
	if err != nil {
		return nil, err
	}
	sec := plan.Find(plugin.KindDecoder, "unnamed")
	if sec == nil {
		return nil, fmt.Errorf("%s is no type of decoder", typ)
	}
	p, err := sec.Info.New(sec.Config, d.env(sec))
	if err != nil {
		return nil, err
	}
	return p.(plugin.Decoder), nil
}

// file gives the messages of a log file as frames.
func (d *decoding) file(name string, stdin io.Reader, yield func(frame []byte) error) error {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	buf, end := make([]byte, 0, 256<<10), false
	for !end || len(buf) > 0 {
		if !end {
			if len(buf) == cap(buf) {
				buf = append(make([]byte, 0, 2*cap(buf)), buf...)
			}
			n, err := in.Read(buf[len(buf):cap(buf)])
			buf = buf[:len(buf)+n]
			if end = err == io.EOF; err != nil && !end {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		used, err := d.records(buf, end, yield)
		if err != nil {
			return err
		}
		buf = buf[:copy(buf, buf[used:])]
		if end && used == 0 {
			break // an unfinished record
		}
	}
	return nil
}

// records decodes what is whole in b and returns how much that was.
func (d *decoding) records(b []byte, end bool, yield func(frame []byte) error) (used int, err error) {
	for used < len(b) {
		from, to, advance := d.split.Split(b[used:], end)
		if advance == 0 {
			break
		}
		if to >= 0 {
			if err := d.record(b[used+from:used+to], yield); err != nil {
				return used, err
			}
		}
		used += advance
	}
	return used, nil
}

func (d *decoding) record(data []byte, yield func(frame []byte) error) error {
	h := d.header
	h.Timestamp = d.now().UnixNano()
	rec := plugin.Record{Data: data, Default: &h}
	var err error
	if d.decode == nil {
		rec.Begin(d.builder)
		err = d.builder.End()
	} else {
		err = d.decode.Decode(&rec, d.builder)
	}
	if err != nil {
		if d.failed++; d.failed == 1 {
			d.example = err.Error()
		}
		if d.sec.Input.SendDecodeFailures {
			text := err.Error()
			rec.Begin(d.builder)
			d.builder.Bool("decode_failure", true, "")
			d.builder.String("decode_error", text[:min(len(text), 500)], "")
			if err := d.builder.End(); err != nil {
				d.example = err.Error()
			}
		}
	}
	buf, ends := d.builder.Take()
	lo := uint32(0)
	for _, hi := range ends {
		if err := yield(buf[lo:hi]); err != nil {
			return err
		}
		lo = hi
	}
	d.builder.Reset()
	return nil
}
