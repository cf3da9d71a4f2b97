package main

import (
	"fmt"
	"log/slog"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// appendText appends a message for people: a line a header, a line a field, an
// empty line. Bytes that could command a terminal are escaped; only the payload may
// have several lines.
func appendText(dst []byte, v *message.View) []byte {
	line := func(name string, value []byte) {
		dst = append(appendPlain(append(append(dst, name...), ": "...), value, name == "Payload"), '\n')
	}
	line("Timestamp", time.Unix(0, v.Timestamp()).UTC().AppendFormat(nil, time.RFC3339Nano))
	line("Type", v.Bytes(message.NumType))
	line("Hostname", v.Bytes(message.NumHostname))
	line("Pid", strconv.AppendInt(nil, int64(v.Pid()), 10))
	line("UUID", message.AppendUUID(nil, v.UUID()))
	line("Logger", v.Bytes(message.NumLogger))
	line("Payload", v.Bytes(message.NumPayload))
	line("EnvVersion", v.Bytes(message.NumEnvVersion))
	line("Severity", strconv.AppendInt(nil, int64(v.Severity()), 10))
	dst = append(dst, "Fields:\n"...)
	for it := v.Fields(); it.Next(); {
		f := it.Field()
		dst = append(appendPlain(append(dst, "    "...), []byte(f.Name()), false), ": "...)
		for k := range f.Len() {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendValue(dst, f, k)
		}
		dst = append(append(dst, " ("...), f.Type.String()...)
		if r := f.Representation(); r != "" {
			dst = appendPlain(append(dst, ", "...), []byte(r), false)
		}
		dst = append(dst, ")\n"...)
	}
	return append(dst, '\n')
}

func appendValue(dst []byte, f *message.Field, k int) []byte {
	switch f.Type {
	case message.String:
		return appendPlain(dst, f.Bytes(k), false)
	case message.Bytes:
		return strconv.AppendQuoteToASCII(dst, f.Text(k))
	case message.Integer:
		return strconv.AppendInt(dst, f.Int(k), 10)
	case message.Double:
		return strconv.AppendFloat(dst, f.Double(k), 'g', -1, 64)
	}
	return strconv.AppendBool(dst, f.Bool(k))
}

// appendPlain appends text with control bytes, and what is not UTF-8, as \xHH. A
// tab stays, and a newline where there may be several lines.
func appendPlain(dst, text []byte, lines bool) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == '\t' || r == '\n' && lines, r >= ' ' && r < 0x7f, r > 0x9f && (r != utf8.RuneError || n > 1):
			dst = append(dst, text[:n]...)
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		default:
			for _, c := range text[:n] {
				dst = fmt.Appendf(dst, `\x%02x`, c)
			}
		}
		text = text[n:]
	}
	return dst
}

// newEncoder makes an encoder of that type with the defaults of its options.
func newEncoder(typ string) (plugin.Encoder, error) {
	const section = `[%[1]s]
[out]
type = "LogOutput"
message_matcher = "TRUE"
encoder = %[1]q
`
	plan, err := config.Parse([]config.Source{{Name: typ, Text: fmt.Sprintf(section, typ)}}, config.Options{})
	if err != nil {
		return nil, err
	}
	s := plan.Find(plugin.KindEncoder, typ)
	enc, err := s.Info.New(s.Config, plugin.Env{
		Name: typ, Log: slog.New(slog.DiscardHandler), Hostname: plan.Globals.Hostname, MaxMessageSize: int(plan.Globals.MaxMessageSize),
		Clock: clock.Real{}, FS: fsx.OS{}, Start: time.Now(),
	})
	if err != nil {
		return nil, err
	}
	return enc.(plugin.Encoder), nil
}
