package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
)

const explainHelp = `Says for each message of a file of framed messages, or of standard input, whether a
matcher takes it, and which part of the matcher decided. A single encoded message
without framing is taken too. Without messages only the matcher is checked.

A star marks the parts that the answer hangs on.

Exit codes: 0 done, 1 the messages cannot be read, 2 the matcher is wrong.`

const explainExample = `  hekad explain "Type == 'nginx.access' && Fields[status] >= 500" < access.hekalog
  hekad cat --format heka --match "Severity < 4" a.hekalog | hekad explain "Logger =~ /^db/"`

func (t *terminal) explainCommand() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:     "explain MATCHER [FILE]",
		Short:   "Say why a matcher takes messages, or not",
		Long:    explainHelp,
		Example: explainExample,
		GroupID: groupConfig,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError(c, errors.New("no matcher given"))
			}
			return maxArgs(2)(c, args)
		},
		RunE: func(_ *cobra.Command, args []string) error {
			in := t.in
			if len(args) == 2 && args[1] != "-" {
				f, err := os.Open(args[1])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			} else if f, ok := in.(*os.File); ok && isTerminal(f) {
				in = strings.NewReader("")
			}
			return t.explain(args[0], in, limit)
		},
	}
	c.Flags().IntVar(&limit, "limit", 0, "explain only so many messages (0: all)")
	return c
}

// isTerminal reports whether a person would have to type the input.
func isTerminal(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

func (t *terminal) explain(source string, in io.Reader, limit int) error {
	m, err := match.Compile(source)
	if err != nil {
		var e *match.Error
		if errors.As(err, &e) {
			err = t.pointAt(source, e)
		}
		return exitWith(exitUsage, err)
	}
	in, err = framed(in)
	if err != nil {
		return err
	}
	seen, taken := 0, 0
	var v message.View
	damaged := false
	r := newRecords(in, 0, int(catDefaults.maxSize), func(off, n int64) {
		damaged = true
		fmt.Fprintf(t.err, "damaged at offset %d: %d bytes passed over\n", off, n)
	})
	for (limit <= 0 || seen < limit) && r.next() {
		if !v.Parse(r.message(), nil) {
			damaged = true
			fmt.Fprintf(t.err, "damaged at offset %d: framed but no message\n", r.offset())
			continue
		}
		seen++
		x := match.Explain(m, &v)
		verdict := "not taken"
		if x.Result {
			taken++
			verdict = "taken"
		}
		if _, err := fmt.Fprintf(t.out, "message %d, %s: %s\n%s\n", seen, message.AppendUUID(nil, v.UUID()), verdict, x); err != nil {
			return err
		}
	}
	if r.err != nil {
		return r.err
	}
	if seen == 0 {
		if damaged {
			err = errors.New("the input holds no message; give framed messages, or one without framing")
		}
		fmt.Fprintf(t.out, "the matcher is sound: %s\n", m.Expr())
	} else {
		_, err = fmt.Fprintf(t.out, "%d of %s taken\n", taken, plural(seen, "message"))
	}
	return err
}

// pointAt shows the line of the matcher that is wrong, with a mark below the place.
func (t *terminal) pointAt(source string, e *match.Error) error {
	pos := min(e.Pos, len(source))
	begin := strings.LastIndexByte(source[:pos], '\n') + 1
	line, _, _ := strings.Cut(source[begin:], "\n")
	pad := strings.Map(func(r rune) rune { // as wide as what stands before
		if r == '\t' {
			return r
		}
		return ' '
	}, source[begin:pos])
	fmt.Fprintf(t.err, "%s\n%s^\n", line, pad)
	if !strings.Contains(source, "\n") {
		return e
	}
	return fmt.Errorf("line %d, column %d: %s; %s", strings.Count(source[:pos], "\n")+1, pos-begin+1, e.What, e.Fix)
}

// framed gives the stream as it is when it begins like a frame; else, when all of
// it is one encoded message, that message in a frame.
func framed(in io.Reader) (io.Reader, error) {
	br := bufio.NewReader(in)
	head, err := br.Peek(1)
	if err != nil || head[0] == message.RecordSeparator {
		return br, nil
	}
	all, err := io.ReadAll(io.LimitReader(br, int64(catDefaults.maxSize)+1))
	if err != nil {
		return nil, err
	}
	var v message.View
	if v.Parse(all, nil) && v.Complete() {
		return bytes.NewReader(message.AppendFrame(nil, all)), nil
	}
	return io.MultiReader(bytes.NewReader(all), br), nil
}
