package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Exit codes of cat, as the original's.
const (
	catUsage  = 1
	catMatch  = 2
	catOpen   = 3
	catOutput = 4
	catSeek   = 5
	catRead   = 6
	catSize   = 8
)

const catHelp = `Prints the messages of a file of framed Heka messages (what FileOutput writes
with ProtobufEncoder, what the network carries). Standard input is read when
there is no file, or for -. A segment of a journal (.seg in base_dir/journal) is
read too, also while a daemon writes it.

Damaged places are reported on standard error and passed over.

Exit codes: 1 wrong use, 2 wrong matcher, 3 file cannot be opened, 4 output cannot
be written, 5 offset cannot be reached, 6 file cannot be read, 8 wrong size.`

const catExample = `  hekad cat --match "Severity <= 3" /var/cache/hekad/errors.hekalog
  hekad cat --format json messages.hekalog | jq .Payload
  hekad cat --tail --match "Type == 'nginx.access'" access.hekalog`

// catOptions are the flags of cat.
type catOptions struct {
	match   string
	format  string
	output  string
	tail    bool
	offset  int64
	maxSize uint64
	files   []string
}

var catDefaults = catOptions{match: "TRUE", format: "txt", maxSize: 4 << 20}

func (t *terminal) catCommand() *cobra.Command {
	o := catDefaults
	c := &cobra.Command{
		Use:     "cat [FILE...]",
		Short:   "Print, filter and convert files of messages",
		Long:    catHelp,
		Example: catExample,
		GroupID: groupTools,
		RunE: func(c *cobra.Command, args []string) error {
			o.files = args
			return t.cat(c.Context(), o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.match, "match", o.match, "message matcher")
	f.StringVar(&o.format, "format", o.format, "txt, json, heka (framed as it is), count, or the name of an encoder")
	f.StringVar(&o.output, "output", o.output, "file to write to, instead of standard output")
	f.BoolVar(&o.tail, "tail", o.tail, "keep following the file as it grows")
	f.Int64Var(&o.offset, "offset", o.offset, "byte to start at")
	f.Uint64Var(&o.maxSize, "max-message-size", o.maxSize, "largest message in bytes")
	c.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return exitWith(catUsage, usageError(c, err))
	})
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"txt", "json", "heka", "count"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func legacyCat(ctx context.Context, t *terminal, name string, args []string) error {
	o := catDefaults
	f := legacyFlags(t, name, "[options] FILE")
	f.StringVar(&o.match, "match", o.match, "message matcher")
	f.StringVar(&o.format, "format", o.format, "txt, json, heka or count")
	f.StringVar(&o.output, "output", o.output, "file to write to, instead of standard output")
	f.BoolVar(&o.tail, "tail", o.tail, "keep following the file")
	f.Int64Var(&o.offset, "offset", o.offset, "byte to start at")
	f.Uint64Var(&o.maxSize, "max-message-size", o.maxSize, "largest message in bytes")
	if done, err := legacyParse(f, args, catUsage); done {
		return err
	}
	if o.files = f.Args(); len(o.files) == 0 {
		f.Usage()
		return exitWith(catUsage, errSaid)
	}
	return t.cat(ctx, o)
}

// catter is one run of cat.
type catter struct {
	catOptions
	t       *terminal
	m       *match.Matcher
	out     *bufio.Writer
	enc     plugin.Encoder // of the format, when an encoder makes it
	view    message.View
	line    []byte
	seen    int64 // sound messages
	matched int64
}

func (t *terminal) cat(ctx context.Context, o catOptions) error {
	if len(o.files) == 0 {
		o.files = []string{"-"}
	}
	if o.tail && len(o.files) > 1 {
		return exitWith(catUsage, errors.New("only one file can be followed; give one with --tail"))
	}
	return t.print(o, func(c *catter) error {
		for _, name := range o.files {
			if err := c.file(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// print makes a catter, has it read, and ends its output.
func (t *terminal) print(o catOptions, read func(c *catter) error) (err error) {
	c := &catter{catOptions: o, t: t}
	if c.m, err = match.Compile(o.match); err != nil {
		return exitWith(catMatch, fmt.Errorf("match: %w", err))
	}
	if err := c.choose(); err != nil {
		return exitWith(catUsage, err)
	}
	if o.maxSize == 0 || o.maxSize > math.MaxInt32 {
		return exitWith(catSize, fmt.Errorf("max-message-size %d is not between 1 and %d", o.maxSize, math.MaxInt32))
	}
	var w io.Writer = t.out
	if o.output != "" && o.output != "stdout" {
		f, err := os.Create(o.output)
		if err != nil {
			return exitWith(catOutput, err)
		}
		defer func() {
			if cerr := f.Close(); err == nil && cerr != nil {
				err = exitWith(catOutput, cerr)
			}
		}()
		w = f
	}
	c.out = bufio.NewWriterSize(w, 64<<10)
	if err := read(c); err != nil {
		c.out.Flush()
		return err
	}
	if o.format == "count" {
		fmt.Fprintln(c.out, c.matched)
	}
	if err := c.out.Flush(); err != nil {
		return exitWith(catOutput, err)
	}
	fmt.Fprintf(t.err, "Processed: %d, matched: %d messages\n", c.seen, c.matched)
	return nil
}

// choose finds what makes the format.
func (c *catter) choose() (err error) {
	typ := c.format
	switch typ {
	case "txt", "heka", "count":
		return nil
	case "json":
		typ = "JsonEncoder"
	}
	if info, ok := plugin.Lookup(typ); !ok || info.Kind != plugin.KindEncoder {
		return fmt.Errorf("format %q is not known; use txt, json, heka, count or the name of an encoder", c.format)
	}
	if c.enc, err = newEncoder(typ); err != nil {
		return fmt.Errorf("format %s: %w", c.format, err)
	}
	return nil
}

// file prints one file, "-" being standard input.
func (c *catter) file(ctx context.Context, name string) error {
	in := c.t.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return exitWith(catOpen, err)
		}
		defer f.Close()
		if st, err := f.Stat(); err == nil && st.IsDir() {
			return exitWith(catOpen, fmt.Errorf("%s is a directory; give a file", name))
		}
		if is, _ := isSegment(f); is {
			return c.segment(ctx, name)
		}
		in = f
	}
	if err := toOffset(in, c.offset); err != nil {
		return exitWith(catSeek, fmt.Errorf("%s: offset %d: %w", name, c.offset, err))
	}
	fmt.Fprintf(c.t.err, "Input: %s  Offset: %d  Match: %s  Format: %s  Tail: %t  Output: %s\n",
		name, c.offset, c.match, c.format, c.tail, orStdout(c.output))
	r := newRecords(in, c.offset, int(c.maxSize), func(off, n int64) { c.damaged(name, off, n) })
	if c.tail {
		r.again = func() bool {
			if c.out.Flush() != nil || !pause(ctx, 500*time.Millisecond) {
				return false
			}
			if f, ok := in.(*os.File); ok && shrunk(f) {
				fmt.Fprintf(c.t.err, "%s: became shorter, starting over\n", name)
				r.restart()
			}
			return true
		}
	}
	for r.next() {
		if !c.view.Parse(r.message(), nil) || !c.view.Complete() {
			fmt.Fprintf(c.t.err, "%s: damaged at offset %d: %d bytes are framed but hold no message\n", name, r.offset(), len(r.raw()))
			continue
		}
		if err := c.message(r.raw()); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	if r.err != nil {
		return exitWith(catRead, fmt.Errorf("%s: %w", name, r.err))
	}
	return nil
}

// shrunk reports whether a file has become shorter than what was read of it; it
// is then at its begin again.
func shrunk(f *os.File) bool {
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return false
	}
	st, err := f.Stat()
	if err != nil || st.Size() >= at {
		return false
	}
	_, err = f.Seek(0, io.SeekStart)
	return err == nil
}

// message prints the viewed message when it matches.
func (c *catter) message(raw []byte) error {
	c.seen++
	if !c.m.Match(&c.view) {
		return nil
	}
	c.matched++
	if err := c.print(raw); err != nil {
		return exitWith(catOutput, err)
	}
	return nil
}

// framed is message for a frame that has not been looked at.
func (c *catter) framed(raw []byte) error {
	if !c.view.Parse(message.Unframe(raw), nil) || !c.view.Complete() {
		fmt.Fprintf(c.t.err, "a record of %d bytes holds no message\n", len(raw))
		return nil
	}
	return c.message(raw)
}

// segment prints a segment of a journal.
func (c *catter) segment(ctx context.Context, name string) error {
	if c.tail || c.offset != 0 {
		return exitWith(catUsage, fmt.Errorf("%s is a segment of a journal: it can neither be followed nor read from an offset; leave --tail and --offset out", name))
	}
	fmt.Fprintf(c.t.err, "Input: %s  Match: %s  Format: %s  Output: %s\n", name, c.match, c.format, orStdout(c.output))
	s := span{max: int(c.maxSize), check: true, damaged: c.damaged}
	number, err := segmentNumber(name)
	if err == nil {
		err = s.journal(filepath.Dir(name), number, func(frame []byte) error { return cmp.Or(c.framed(frame), ctx.Err()) })
	}
	var coded *exitError
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case err != nil && !errors.As(err, &coded):
		return exitWith(catRead, err)
	}
	return err
}

func (c *catter) damaged(name string, off, n int64) {
	fmt.Fprintf(c.t.err, "%s: damaged at offset %d: %d bytes passed over\n", name, off, n)
}

func orStdout(name string) string {
	if name == "" {
		return "stdout"
	}
	return name
}

// toOffset moves to byte off, by reading where the input cannot seek.
func toOffset(in io.Reader, off int64) error {
	if off < 0 {
		return errors.New("it is negative; count from 0")
	}
	if off == 0 {
		return nil
	}
	if s, ok := in.(io.Seeker); ok {
		if _, err := s.Seek(off, io.SeekStart); err == nil {
			return nil
		}
	}
	_, err := io.CopyN(io.Discard, in, off)
	return err
}

// pause waits, and is false when the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// print writes the viewed message in the chosen format.
func (c *catter) print(raw []byte) (err error) {
	switch {
	case c.format == "count":
		return nil
	case c.format == "heka":
		_, err = c.out.Write(raw)
		return err
	case c.enc == nil:
		c.line = appendText(c.line[:0], &c.view)
	default:
		if c.line, err = c.enc.Encode(c.line[:0], &c.view); err != nil {
			return err
		}
	}
	_, err = c.out.Write(c.line)
	return err
}
