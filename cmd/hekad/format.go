package main

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/message"
)

// appendText appends a message for people: a line a header, a line a field, an
// empty line.
func appendText(dst []byte, v *message.View) []byte {
	line := func(name string, value []byte) {
		dst = append(append(append(append(dst, name...), ": "...), value...), '\n')
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
		dst = append(append(append(dst, "    "...), f.Name()...), ": "...)
		for k := range f.Len() {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = appendValue(dst, f, k)
		}
		dst = append(append(dst, " ("...), f.Type.String()...)
		if r := f.Representation(); r != "" {
			dst = append(append(dst, ", "...), r...)
		}
		dst = append(dst, ")\n"...)
	}
	return append(dst, '\n')
}

func appendValue(dst []byte, f *message.Field, k int) []byte {
	switch f.Type {
	case message.String:
		return append(dst, f.Bytes(k)...)
	case message.Bytes:
		return strconv.AppendQuoteToASCII(dst, f.Text(k))
	case message.Integer:
		return strconv.AppendInt(dst, f.Int(k), 10)
	case message.Double:
		return strconv.AppendFloat(dst, f.Double(k), 'g', -1, 64)
	}
	return strconv.AppendBool(dst, f.Bool(k))
}

// appendJSON appends a message as one line of JSON with the keys of the message's
// own format, unset ones left out. The identifier is in its usual text form, bytes
// are in base64, numbers that JSON does not have are null.
func appendJSON(dst []byte, v *message.View) []byte {
	dst = append(dst, `{"uuid":"`...)
	dst = message.AppendUUID(dst, v.UUID())
	dst = append(dst, `","timestamp":`...)
	dst = strconv.AppendInt(dst, v.Timestamp(), 10)
	for _, h := range []struct {
		num int
		key string
	}{
		{message.NumType, "type"}, {message.NumLogger, "logger"}, {message.NumSeverity, "severity"}, {message.NumPayload, "payload"},
		{message.NumEnvVersion, "env_version"}, {message.NumPid, "pid"}, {message.NumHostname, "hostname"},
	} {
		if !v.Has(h.num) {
			continue
		}
		dst = append(append(append(dst, `,"`...), h.key...), `":`...)
		switch h.num {
		case message.NumSeverity:
			dst = strconv.AppendInt(dst, int64(v.Severity()), 10)
		case message.NumPid:
			dst = strconv.AppendInt(dst, int64(v.Pid()), 10)
		default:
			dst = appendQuoted(dst, v.Bytes(h.num))
		}
	}
	if v.NFields() > 0 {
		dst = append(dst, `,"fields":[`...)
		n := len(dst)
		for it := v.Fields(); it.Next(); {
			if len(dst) > n {
				dst = append(dst, ',')
			}
			dst = appendFieldJSON(dst, it.Field())
		}
		dst = append(dst, ']')
	}
	return append(dst, "}\n"...)
}

func appendFieldJSON(dst []byte, f *message.Field) []byte {
	dst = appendQuoted(append(dst, `{"name":`...), []byte(f.Name()))
	dst = strconv.AppendUint(append(dst, `,"value_type":`...), uint64(f.Type), 10)
	if r := f.Representation(); r != "" {
		dst = appendQuoted(append(dst, `,"representation":`...), []byte(r))
	}
	dst = append(append(append(dst, `,"value_`...), f.Type.String()...), `":[`...)
	for k := range f.Len() {
		if k > 0 {
			dst = append(dst, ',')
		}
		switch f.Type {
		case message.String:
			dst = appendQuoted(dst, f.Bytes(k))
		case message.Bytes:
			dst = append(dst, '"')
			dst = base64.StdEncoding.AppendEncode(dst, f.Bytes(k))
			dst = append(dst, '"')
		case message.Double:
			if d := f.Double(k); math.IsNaN(d) || math.IsInf(d, 0) {
				dst = append(dst, "null"...)
				continue
			}
			dst = appendValue(dst, f, k)
		default:
			dst = appendValue(dst, f, k)
		}
	}
	return append(dst, "]}"...)
}

// appendQuoted appends s as a JSON string; bytes that are not UTF-8 become the
// replacement character.
func appendQuoted(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}
