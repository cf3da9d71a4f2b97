// Package errorlog holds NginxErrorDecoder and ApacheErrorDecoder, which read the
// error logs of these web servers:
//
//	2026/11/25 13:00:00 [error] 31#7: *5 text, client: 10.0.0.1, server: h, request: "GET / HTTP/1.1"
//	[Wed Nov 25 13:00:00 2026] [error] [client 10.0.0.1] text                        Apache 2.2
//	[Wed Nov 25 13:00:00.123456 2026] [core:error] [pid 31:tid 7] [client 10.0.0.1:4711] AH00128: text
//
// Parsers are written by hand, borrow the record and allocate nothing; a decoder
// belongs to one stream.
package errorlog

import (
	_ "embed"
	"net/netip"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed errorlog.toml
var sample string

// NginxConfig holds the options of NginxErrorDecoder.
type NginxConfig struct {
	Type        string `toml:"message_type" default:"nginx.error" doc:"Type of the messages; when empty, the input's."`
	TZ          string `toml:"tz" default:"Local" doc:"Time zone of the log: an IANA name, UTC or Local."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Leave the whole record in the payload and put its text into Fields[msg]."`
}

// ApacheConfig holds the options of ApacheErrorDecoder.
type ApacheConfig struct {
	Type        string `toml:"message_type" default:"apache.error" doc:"Type of the messages; when empty, the input's."`
	TZ          string `toml:"tz" default:"Local" doc:"Time zone of the log: an IANA name, UTC or Local."`
	PayloadKeep bool   `toml:"payload_keep" doc:"Leave the whole record in the payload and put its text into Fields[msg]."`
}

func checkZone(tz string) error {
	if _, err := stamp.Zone(tz); err != nil {
		return &plugin.OptionError{Option: "tz", What: err.Error(), Fix: `write an IANA name such as "Europe/Berlin", "UTC" or "Local"`}
	}
	return nil
}

// Validate looks the time zone up.
func (c NginxConfig) Validate() error { return checkZone(c.TZ) }

// Validate looks the time zone up.
func (c ApacheConfig) Validate() error { return checkZone(c.TZ) }

func init() {
	plugin.RegisterDecoder("NginxErrorDecoder", plugin.About{
		Doc:    "Reads the error log of nginx.",
		Sample: sample,
		Readme: readme,
	}, NewNginx)
	plugin.RegisterDecoder("ApacheErrorDecoder", plugin.About{
		Doc:    "Reads the error log of Apache 2.2 and 2.4.",
		Sample: sample,
		Readme: readme,
	}, NewApache)
}

var (
	msg        = message.NewFieldHead("msg", message.String, "")
	tid        = message.NewFieldHead("tid", message.Integer, "")
	clientPort = message.NewFieldHead("client_port", message.Integer, "")
	clients    = [3]message.FieldHead{
		message.NewFieldHead("client", message.String, ""),
		message.NewFieldHead("client", message.String, "ipv4"),
		message.NewFieldHead("client", message.String, "ipv6"),
	}
)

// client keeps the address of a client, with what kind it is.
func client(b []byte, out *message.Builder) {
	kind, s := 0, message.Borrow(b)
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		if kind = 1; a.Is6() {
			kind = 2
		}
	}
	out.PutText(&clients[kind], s)
}

// isAddr reports whether b can be the address of a client.
func isAddr(b []byte) bool {
	_, err := netip.ParseAddr(message.Borrow(b))
	return err == nil || string(b) == "unix:"
}

// number reads the digits at b[i:], at most 18 of them, and returns the offset
// past them; i when there are none.
func number(b []byte, i int) (v int64, n int) {
	for n = i; n < len(b) && b[n]-'0' <= 9; n++ {
		if n-i == 18 {
			return 0, i
		}
		v = v*10 + int64(b[n]-'0')
	}
	return v, n
}

// lineEnd takes the line end off.
func lineEnd(b []byte) []byte {
	for n := len(b); n > 0 && (b[n-1] == '\n' || b[n-1] == '\r'); n-- {
		b = b[:n-1]
	}
	return b
}

// text ends the message with its text.
func text(record, rest []byte, keep bool, out *message.Builder) {
	if keep {
		out.Payload = message.Borrow(record)
		out.PutText(&msg, message.Borrow(rest))
	} else {
		out.Payload = message.Borrow(rest)
	}
}
