package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/message"
)

const injectExample = `  hekad inject --type test --payload "hello" --field status=integer:200
  hekad inject --heka collector:5565 --severity 3 --payload "disk is full"`

// injectOptions are the flags of inject.
type injectOptions struct {
	heka     string
	typ      string
	logger   string
	severity int
	payload  string
	pid      int
	hostname string
	fields   []string
	timeout  time.Duration
}

var injectDefaults = injectOptions{
	heka: "127.0.0.1:5565", typ: "inject.message", logger: "Inject Client", severity: 7, timeout: 10 * time.Second,
}

func (t *terminal) injectCommand() *cobra.Command {
	o := injectDefaults
	c := &cobra.Command{
		Use:     "inject",
		Short:   "Send one message to a running hekad",
		Long:    "Sends one framed message to a TcpInput with the splitter and decoder that it has by\ndefault.",
		Example: injectExample,
		GroupID: groupTools,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return o.send(c.Context()) },
	}
	f := c.Flags()
	f.StringVar(&o.heka, "heka", o.heka, "address of hekad's TcpInput")
	f.StringVar(&o.typ, "type", o.typ, "Type of the message")
	f.StringVar(&o.logger, "logger", o.logger, "Logger of the message")
	f.IntVar(&o.severity, "severity", o.severity, "Severity of the message")
	f.StringVar(&o.payload, "payload", o.payload, "Payload of the message")
	f.IntVar(&o.pid, "pid", o.pid, "Pid of the message (default: this process)")
	f.StringVar(&o.hostname, "hostname", o.hostname, "Hostname of the message (default: this host)")
	f.StringArrayVar(&o.fields, "field", nil, "dynamic field name=value or name=type:value, with type string, bytes, integer, double or bool (repeatable)")
	f.DurationVar(&o.timeout, "timeout", o.timeout, "longest time to connect and send")
	return c
}

func legacyInject(ctx context.Context, t *terminal, name string, args []string) error {
	o := injectDefaults
	f := legacyFlags(t, name, "[options]")
	f.StringVar(&o.heka, "heka", o.heka, "address of hekad's TcpInput")
	f.StringVar(&o.typ, "type", o.typ, "Type of the message")
	f.StringVar(&o.logger, "logger", o.logger, "Logger of the message")
	f.IntVar(&o.severity, "severity", o.severity, "Severity of the message")
	f.StringVar(&o.payload, "payload", o.payload, "Payload of the message")
	f.IntVar(&o.pid, "pid", o.pid, "Pid of the message (0: this process)")
	f.StringVar(&o.hostname, "hostname", o.hostname, "Hostname of the message (empty: this host)")
	if done, err := legacyParse(f, args, exitUsage); done {
		return err
	}
	if f.NFlag() == 0 {
		f.Usage()
		return nil
	}
	return o.send(ctx)
}

// draft makes the message.
func (o *injectOptions) draft() (message.Draft, error) {
	d := message.Draft{Header: message.Header{
		Timestamp: time.Now().UnixNano(), Type: o.typ, Logger: o.logger, Severity: int32(o.severity),
		Payload: o.payload, Pid: int32(o.pid), Hostname: o.hostname,
	}}
	if o.pid == 0 {
		d.Pid = int32(os.Getpid())
	}
	if o.hostname == "" {
		d.Hostname, _ = os.Hostname()
	}
	for _, text := range o.fields {
		f, err := parseField(text)
		if err != nil {
			return d, err
		}
		d.Fields = append(d.Fields, f)
	}
	return d, nil
}

// parseField reads name=value or name=type:value.
func parseField(text string) (message.DraftField, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return message.DraftField{}, exitWith(exitUsage, fmt.Errorf("field %q has no name and value; write name=value or name=integer:5", text))
	}
	typ, rest, _ := strings.Cut(value, ":")
	var v any
	var err error
	switch typ {
	case "string":
		v = rest
	case "bytes":
		v = []byte(rest)
	case "integer":
		v, err = strconv.ParseInt(rest, 10, 64)
	case "double":
		v, err = strconv.ParseFloat(rest, 64)
	case "bool":
		v, err = strconv.ParseBool(rest)
	default:
		v = value
	}
	if err != nil {
		return message.DraftField{}, exitWith(exitUsage, fmt.Errorf("field %q is not of type %s: %w", text, typ, errors.Unwrap(err)))
	}
	return message.NewField(name, v, ""), nil
}

func (o *injectOptions) send(ctx context.Context) error {
	d, err := o.draft()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", o.heka)
	if err != nil {
		return fmt.Errorf("inject: %w; is a hekad with a TcpInput there?", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline)
	}
	if _, err := conn.Write(message.AppendFrame(nil, d.Encode())); err != nil {
		return fmt.Errorf("inject: %w", err)
	}
	return nil
}
