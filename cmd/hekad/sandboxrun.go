package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/share"
)

// asPlugin reports whether the arguments of sandbox run ask for a script to be run as
// a plugin.
func asPlugin(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool {
		a = strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-")
		return a == "kind" || strings.HasPrefix(a, "kind=")
	})
}

// trial runs a script as a plugin over messages of a file, and prints what it makes.
type trial struct {
	out    io.Writer
	format string
	maxMsg int

	sb       *sandbox.Sandbox
	b        *message.Builder
	json     plugin.Encoder
	buf      []byte
	read     int
	failed   int
	made     int
	failures []string // the first few
}

// settings are the config values of a trial, from the flags -set name=value.
type configValues map[string]any

func (v configValues) String() string { return "" }

// Set implements flag.Value: what looks like a number or a boolean is one.
func (v configValues) Set(s string) error {
	name, text, ok := strings.Cut(s, "=")
	if !ok {
		return errors.New("write -set name=value")
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		v[name] = n
	} else if f, err := strconv.ParseFloat(text, 64); err == nil {
		v[name] = f
	} else if b, err := strconv.ParseBool(text); err == nil && (text == "true" || text == "false") {
		v[name] = b
	} else {
		v[name] = text
	}
	return nil
}

// runAsPlugin is sandbox run -kind.
func (t *terminal) runAsPlugin(args []string) error {
	kinds := map[string]sandbox.Kind{"decoder": sandbox.Decoder, "filter": sandbox.Filter, "encoder": sandbox.Encoder, "output": sandbox.Output}
	config := configValues{}
	x := &trial{out: t.out, maxMsg: 4 << 20}
	o := sandbox.Options{Name: "sandbox", Hostname: "localhost", ProcessInject: 1, TimerInject: 10, Config: config, MaxMessage: x.maxMsg}
	var kind, shareDir, modules string
	var tick, stats bool
	f := flag.NewFlagSet("sandbox run", flag.ContinueOnError)
	f.SetOutput(t.err)
	f.StringVar(&kind, "kind", "", "decoder, filter, encoder or output")
	f.Var(config, "set", "`name=value` of read_config; may be given again")
	f.StringVar(&x.format, "format", "txt", "txt or json")
	f.StringVar(&shareDir, "share", "/usr/share/heka", "share_dir: where scripts and modules are looked for")
	f.StringVar(&modules, "modules", "", "module_directory")
	f.Int64Var(&o.Memory, "memory", sandbox.DefaultMemory, "memory_limit")
	f.Int64Var(&o.Instructions, "instructions", sandbox.DefaultInstructions, "instruction_limit")
	f.IntVar(&o.Output, "output", sandbox.DefaultOutput, "output_limit")
	f.BoolVar(&tick, "tick", true, "filters and outputs: call timer_event at the end, where there is one")
	f.BoolVar(&stats, "stats", false, "tell at the end what was read and used")
	if err := f.Parse(args); err != nil {
		return exitWith(exitUsage, errors.New(""))
	}
	var known bool
	if o.Kind, known = kinds[kind]; !known || f.NArg() < 1 || f.NArg() > 2 || x.format != "txt" && x.format != "json" {
		return exitWith(exitUsage, errors.New("write hekad sandbox run -kind decoder|filter|encoder|output [-set name=value] [-format txt|json] FILE.lua [MESSAGES]"))
	}
	var err error
	if o.Script, err = findScript(shareDir, f.Arg(0)); err != nil {
		return err
	}
	o.Loader = share.Loader(shareDir, modules)
	if x.format == "json" {
		if x.json, err = newEncoder("JsonEncoder"); err != nil {
			return err
		}
	}
	in := t.in
	if f.NArg() == 2 && f.Arg(1) != "-" {
		file, err := os.Open(f.Arg(1))
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	if x.sb, err = sandbox.New(o); err != nil {
		return fmt.Errorf("start %s: %w", f.Arg(0), err)
	}
	defer x.sb.Close()
	x.b = message.NewBuilder(x.maxMsg)
	err = x.run(o.Kind, in)
	if err == nil && tick && (o.Kind == sandbox.Filter || o.Kind == sandbox.Output) && x.sb.HasTimer() {
		err = x.sb.Timer(time.Now(), x)
	}
	for _, text := range x.failures {
		fmt.Fprintln(t.err, "hekad: script failed on a message:", text)
	}
	if stats {
		var r plugin.Report
		x.sb.Report(&r)
		fmt.Fprintf(t.err, "read %d, made %d, failed %d\n", x.read, x.made, x.failed)
		for _, m := range r.Metrics {
			fmt.Fprintf(t.err, "%s %v\n", m.Name, m.Value)
		}
	}
	return err
}

// findScript takes a file of the current folder before one below share_dir.
func findScript(shareDir, name string) (share.Script, error) {
	if b, err := os.ReadFile(name); err == nil {
		return share.Script{Source: string(b), Chunk: "@" + name, Path: name}, nil
	}
	return share.Find(shareDir, name)
}

// run gives the script what in holds: framed messages, or lines of text.
func (x *trial) run(kind sandbox.Kind, in io.Reader) error {
	r := bufio.NewReaderSize(in, 64<<10)
	first, err := r.Peek(1)
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	if first[0] == message.RecordSeparator {
		recs := newRecords(r, 0, x.maxMsg, func(int64, int64) {})
		for recs.next() {
			if err := x.message(kind, recs.message()); err != nil {
				return err
			}
		}
		return recs.err
	}
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			if err := x.line(kind, line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// line is a record of text: what a log file's input would give.
func (x *trial) line(kind sandbox.Kind, line []byte) error {
	h := message.Header{Timestamp: time.Now().UnixNano(), Type: "logfile", Logger: "sandbox", Hostname: "localhost", Severity: message.DefaultSeverity}
	if kind == sandbox.Decoder {
		return x.decode(&plugin.Record{Data: line, Default: &h})
	}
	d := message.Draft{Header: h}
	d.Payload = string(bytes.TrimRight(line, "\r\n"))
	return x.message(kind, d.Encode())
}

// message is one that is encoded.
func (x *trial) message(kind sandbox.Kind, msg []byte) error {
	var v message.View
	if !v.Parse(msg, nil) {
		x.failure(message.ErrDamaged)
		return nil
	}
	if kind == sandbox.Decoder {
		return x.decode(&plugin.Record{Data: v.Bytes(message.NumPayload), Base: &v, Default: &message.Header{}})
	}
	x.read++
	if kind == sandbox.Encoder {
		out, err := x.sb.Encode(x.buf[:0], &v)
		x.buf = out[:0]
		if err != nil {
			return x.failure(err)
		}
		if len(out) > 0 {
			x.made++
		}
		_, err = x.out.Write(out)
		return err
	}
	c := message.LooseChunk(len(msg) + message.MaxHeaderSize)
	defer c.Release()
	batch := message.NewBatch(c, 0)
	defer batch.Release()
	row := batch.AddRow([]uint64{1})
	batch.Add(len(message.AppendFrame(c.Buf[:0], msg)), row)
	var s message.Selection
	s.SelectAll(batch, 0)
	if kind == sandbox.Output {
		if err := x.sb.Deliver(&s); err != nil {
			return err
		}
		for _, r := range s.Refused() {
			x.failure(errors.New(r.Reason))
		}
		return nil
	}
	return x.sb.Process(&s, x)
}

func (x *trial) decode(r *plugin.Record) error {
	x.read++
	x.b.Reset()
	err := x.sb.Decode(r, x.b)
	if perr := x.print(); perr != nil {
		return perr
	}
	if err != nil {
		return x.failure(err)
	}
	return nil
}

// failure notes what the script could not deal with; its end is an error.
func (x *trial) failure(err error) error {
	var stop *sandbox.Stop
	if errors.As(err, &stop) {
		return err
	}
	if x.failed++; len(x.failures) < 5 {
		x.failures = append(x.failures, err.Error())
	}
	return nil
}

// Begin implements plugin.Emitter.
func (x *trial) Begin() *message.Builder {
	x.b.Reset()
	x.b.Begin(&message.Header{Timestamp: time.Now().UnixNano(), Logger: "sandbox", Hostname: "localhost", Severity: message.DefaultSeverity})
	return x.b
}

// Inject implements plugin.Emitter.
func (x *trial) Inject() error {
	if err := x.b.End(); err != nil {
		return err
	}
	return x.print()
}

// print prints the messages that the builder holds.
func (x *trial) print() error {
	buf, _ := x.b.Take()
	var f message.Frame
	var v message.View
	out := x.buf[:0]
	for at := 0; message.NextFrame(buf, at, len(buf), &f); at = f.End {
		if !v.Parse(buf[f.Start:f.End], nil) {
			continue
		}
		x.made++
		if x.json == nil {
			out = appendText(out, &v)
			continue
		}
		var err error
		if out, err = x.json.Encode(out, &v); err != nil {
			return err
		}
	}
	x.b.Reset()
	x.buf = out[:0]
	_, err := x.out.Write(out)
	return err
}
