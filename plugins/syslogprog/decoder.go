// Package syslogprog holds SyslogProgramDecoder, which reads what well-known
// programs say in syslog: sshd, sudo, su, cron, systemd-logind, login, useradd and
// its like, dhclient, dhcpd, Postfix, PAM whatever the program, and the kernel's firewall
// and memory.
//
//	SyslogDecoder ─▶ programname, text ─▶ patterns of that program ─▶ fields
//
// Patterns are texts with names in them (see pattern.go), compiled once. A decoder
// allocates nothing and belongs to one stream; it stands behind a SyslogDecoder in
// a MultiDecoder.
package syslogprog

import (
	"bytes"
	_ "embed"
	"errors"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed syslogprog.toml
var sample string

// Config holds the options of SyslogProgramDecoder.
type Config struct {
	Type string `toml:"message_type" doc:"Type of the messages that are known; when empty, that which they have."`
}

func init() {
	plugin.RegisterDecoder("SyslogProgramDecoder", plugin.About{
		Doc:    "Reads what sshd, sudo, cron, the kernel and others say in syslog.",
		Sample: sample,
		Readme: readme,
	}, New)
}

// Decoder reads messages of one stream.
type Decoder struct {
	typ string
	m   match
}

// What a message can be refused for.
var (
	errAlone   = errors.New("no message to read from: put SyslogProgramDecoder behind a SyslogDecoder in a MultiDecoder with cascade_strategy all")
	errProgram = errors.New("message has no field programname")
	errUnknown = errors.New("text is none that is known of its program")
)

// New makes a decoder.
func New(cfg Config, _ plugin.Env) (plugin.Decoder, error) { return &Decoder{typ: cfg.Type}, nil }

// Decode adds fields to the message before it.
func (d *Decoder) Decode(in *plugin.Record, out *message.Builder) error {
	if in.Base == nil {
		return errAlone
	}
	var f message.Field
	if !in.Base.Field("programname", 0, &f) || f.Type != message.String || f.Len() == 0 {
		return errProgram
	}
	name := f.Bytes(0)
	mail := bytes.HasPrefix(name, []byte("postfix"))
	if i := bytes.LastIndexByte(name, '/'); i >= 0 && i+1 < len(name) {
		name = name[i+1:]
	}
	text := bytes.Trim(in.Data, " \t\r\n\x00")
	in.Begin(out)
	if d.typ != "" {
		out.Type = d.typ
	}
	text, times := again(text)
	if times > 0 {
		out.PutInt(&repeated, times)
	}
	if !(mail && postfix(text, out) || d.read(name, text, out)) {
		return errUnknown
	}
	return out.End()
}

var repeated = message.NewFieldHead("repeated", message.Integer, "count")

// again takes off what rsyslog writes around a text that came several times:
//
//	message repeated 3 times: [ Failed password for root from 10.0.0.1 port 22 ssh2]
func again(text []byte) (inner []byte, times int64) {
	rest, ok := bytes.CutPrefix(text, []byte("message repeated "))
	if !ok {
		return text, 0
	}
	n := 0
	for ; n < len(rest) && n < 9 && rest[n]-'0' <= 9; n++ {
		times = times*10 + int64(rest[n]-'0')
	}
	inner, ok = bytes.CutPrefix(rest[n:], []byte(" times: ["))
	if !ok || n == 0 || !bytes.HasSuffix(inner, []byte("]")) {
		return text, 0
	}
	return bytes.TrimLeft(inner[:len(inner)-1], " "), times
}

func (d *Decoder) read(name, text []byte, out *message.Builder) bool {
	if bytes.HasPrefix(text, []byte("pam_")) {
		return d.m.first(pam, text, out)
	}
	switch string(name) {
	case "kernel":
		return kernel(text, out, &d.m)
	case "sudo":
		return sudo(text, out)
	case "sshd", "sshd-session", "sshd-auth":
		return d.m.first(sshd, bytes.TrimSuffix(text, []byte(" [preauth]")), out)
	case "CRON", "cron", "crond", "CROND", "crontab":
		return d.m.first(cron, text, out)
	case "dhclient":
		return d.m.first(dhclient, text, out)
	case "dhcpd":
		return d.m.first(dhcpd, text, out)
	case "systemd-logind":
		return d.m.first(logind, text, out)
	case "su":
		return d.m.first(su, text, out)
	case "login":
		return d.m.first(login, text, out)
	case "useradd", "usermod", "userdel", "groupadd", "groupdel":
		return d.m.first(accounts, text, out)
	}
	return false
}
