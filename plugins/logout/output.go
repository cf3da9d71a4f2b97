// Package logout writes messages to standard output, each behind a time stamp as
// log lines have it.
//
//	Selection ─ encoder ─▶ "2024/02/29 12:00:00 " + text + newline ─▶ stdout
package logout

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed logout.toml
var sample string

//go:embed README.md
var readme string

func init() {
	plugin.RegisterOutput("LogOutput", plugin.About{
		Doc:          "Writes messages to standard output, each behind a time stamp.",
		Sample:       sample,
		Readme:       readme,
		NeedsEncoder: true,
	}, newOutput)
}

// Config has no options.
type Config struct{}

const (
	// stamp is the time in front of each message, as in Go's standard log.
	stamp = "2006/01/02 15:04:05 "
	// enough is the size at which collected text is written.
	enough = 64 << 10
)

// Output is LogOutput. All fields belong to its goroutine.
type Output struct {
	env    plugin.Env
	out    io.Writer
	prefix []byte
	one    []byte // the message being encoded
	buf    []byte // text to be written
}

func newOutput(_ Config, env plugin.Env) (plugin.Output, error) {
	if env.Encoding == nil {
		return nil, errors.New("LogOutput has no encoder; set encoder")
	}
	return &Output{env: env, out: os.Stdout}, nil
}

// Deliver writes all messages, many in one write; a message is never cut.
func (o *Output) Deliver(_ context.Context, in []message.Selection) error {
	o.prefix = o.env.Clock.Now().AppendFormat(o.prefix[:0], stamp)
	from := 0 // selections before this one are in buf or written
	for k := range in {
		for i := in[k].Next(-1); i >= 0; i = in[k].Next(i) {
			o.add(&in[k], i)
		}
		if len(o.buf) >= enough || k == len(in)-1 {
			if err := o.write(); err != nil {
				return err
			}
			for ; from <= k; from++ {
				in[from].Done(in[from].Batch.Len())
			}
		}
	}
	return nil
}

// add encodes message i into buf.
func (o *Output) add(in *message.Selection, i int) {
	text, err := o.env.Encoding.Append(o.one[:0], in.At(i))
	o.one = text[:0]
	if err != nil {
		in.Refuse(i, "encode: "+err.Error())
		return
	}
	if len(text) == 0 {
		return
	}
	o.buf = append(o.buf, o.prefix...)
	o.buf = appendPrintable(o.buf, text)
	if o.buf[len(o.buf)-1] != '\n' {
		o.buf = append(o.buf, '\n')
	}
}

func (o *Output) write() error {
	b := o.buf
	o.buf = o.buf[:0]
	if len(b) == 0 {
		return nil
	}
	if _, err := o.out.Write(b); err != nil {
		return fmt.Errorf("write to standard output: %w; connect it to something that reads", err)
	}
	return nil
}

const hex = "0123456789abcdef"

// appendPrintable appends text without the control characters by which a message
// could command the terminal: they are written as \x1b. Tab and newline stay.
func appendPrintable(dst, text []byte) []byte {
	from := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		width := 1
		switch {
		case c >= ' ' && c != 0x7f && c != 0xc2 || c == '\n' || c == '\t':
			continue
		case c == 0xc2: // in UTF-8 the control characters U+0080 to U+009F follow
			if i+1 == len(text) || text[i+1] < 0x80 || text[i+1] > 0x9f {
				continue
			}
			width = 2
		}
		dst = append(dst, text[from:i]...)
		for _, c := range text[i : i+width] {
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		}
		i += width - 1
		from = i + 1
	}
	return append(dst, text[from:]...)
}
