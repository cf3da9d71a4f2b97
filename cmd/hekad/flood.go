package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const floodHelp = `Sends messages as fast as they are taken, or at a pace, and prints the rate each
second. Either name a test of a TOML file of tests, or say all with flags; flags
override what the test says.

  [default]
  ip_address = "127.0.0.1:5565"
  sender = "tcp"
  num_messages = 1000000
  static_message_size = 1000
  signed_percentage = 0.01
    [default.signer]
    name = "ops"
    hmac_hash = "sha1"
    hmac_key = "secret"
    version = 1`

const floodExample = `  hekad flood --address 127.0.0.1:5565 --messages 1000000 --size 300
  hekad flood --config flood.toml --test signed`

func (t *terminal) floodCommand() *cobra.Command {
	var config string
	test := "default"
	o := floodDefaults()
	c := &cobra.Command{
		Use:     "flood",
		Short:   "Make load: send many messages",
		Long:    floodHelp,
		Example: floodExample,
		GroupID: groupTools,
		Args:    noArgs,
	}
	f := c.Flags()
	f.StringVar(&config, "config", "", "TOML file of tests")
	f.StringVar(&test, "test", test, "section of the file")
	f.StringVar(&o.Address, "address", o.Address, "host:port to send to")
	f.StringVar(&o.Sender, "sender", o.Sender, "tcp or udp")
	f.Uint64Var(&o.Messages, "messages", o.Messages, "how many messages (0: until interrupted)")
	f.DurationVar(&o.Interval, "interval", o.Interval, "pause between two messages")
	f.Uint64Var(&o.Size, "size", o.Size, "bytes of payload")
	f.BoolVar(&o.VariableSize, "variable-size", o.VariableSize, "random sizes up to --size")
	f.BoolVar(&o.ASCII, "ascii", o.ASCII, "printable payload")
	f.Float64Var(&o.Corrupt, "corrupt", o.Corrupt, "share of records damaged on purpose, 0 to 1")
	f.Float64Var(&o.Signed, "signed", o.Signed, "share of messages signed, 0 to 1 (with --signer and --key)")
	f.StringVar(&o.Signer.Name, "signer", "", "name of the signer")
	f.StringVar(&o.Signer.Key, "key", "", "key of the signer")
	f.StringVar(&o.Signer.Hash, "hash", "md5", "digest: md5, sha1 or sha256")
	f.Uint32Var(&o.Signer.Version, "key-version", 0, "version of the key")
	f.BoolVar(&o.UseTLS, "tls", false, "speak TLS; the tests of a file can say more")
	f.StringVar(&o.TLS.RootCAFile, "tls-ca", "", "file with the authorities that the server's certificate is verified by")
	f.Uint64Var(&o.MaxSize, "max-message-size", o.MaxSize, "largest message in bytes")
	f.BoolVar(&o.Reconnect, "reconnect", false, "connect anew when the connection breaks")
	f.Float64Var(&o.Oversized, "oversized", o.Oversized, "share of messages larger than allowed, 0 to 1 (with --variable-size)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if config == "" && o.Address == "" {
			return usageError(c, fmt.Errorf("nothing to send to; give --config or --address"))
		}
		if config != "" {
			given := o
			read, err := loadFlood(config, test)
			if err != nil {
				return exitWith(exitConfig, err)
			}
			o = *read
			for name, set := range map[string]func(){
				"address": func() { o.Address = given.Address }, "sender": func() { o.Sender = given.Sender },
				"messages": func() { o.Messages = given.Messages }, "interval": func() { o.Interval = given.Interval },
				"size": func() { o.Size = given.Size }, "variable-size": func() { o.VariableSize = given.VariableSize },
				"ascii": func() { o.ASCII = given.ASCII }, "corrupt": func() { o.Corrupt = given.Corrupt },
				"oversized": func() { o.Oversized = given.Oversized }, "signed": func() { o.Signed = given.Signed },
				"signer": func() { o.Signer.Name = given.Signer.Name }, "key": func() { o.Signer.Key = given.Signer.Key },
				"hash": func() { o.Signer.Hash = given.Signer.Hash }, "key-version": func() { o.Signer.Version = given.Signer.Version },
				"tls": func() { o.UseTLS = given.UseTLS }, "tls-ca": func() { o.TLS.RootCAFile = given.TLS.RootCAFile },
				"max-message-size": func() { o.MaxSize = given.MaxSize }, "reconnect": func() { o.Reconnect = given.Reconnect },
			} {
				if f.Changed(name) {
					set()
				}
			}
		}
		return t.flood(c.Context(), &o)
	}
	return c
}

func legacyFlood(ctx context.Context, t *terminal, name string, args []string) error {
	f := legacyFlags(t, name, "[options]")
	config := f.String("config", "flood.toml", "TOML file of tests")
	test := f.String("test", "default", "section of the file")
	if done, err := legacyParse(f, args, exitUsage); done {
		return err
	}
	if f.NFlag() == 0 {
		f.Usage()
		return nil
	}
	o, err := loadFlood(*config, *test)
	if err != nil {
		return exitWith(exitFailed, err)
	}
	return t.flood(ctx, o)
}

// flood runs a test and prints its progress each second and its sum at the end.
func (t *terminal) flood(ctx context.Context, o *floodOptions) error {
	if err := o.validate(); err != nil {
		return exitWith(exitConfig, fmt.Errorf("flood: %w", err))
	}
	sum, err := runFlood(ctx, o, time.Second, func(p floodProgress) {
		fmt.Fprintf(t.out, "Sent %d messages. %.2f msg/sec. %.2f Mbit/sec.\n", p.Messages, p.Rate(), p.Mbit())
	})
	if sum.Messages > 0 {
		fmt.Fprintf(t.out, "Total: %d messages (%s) in %s, %.2f msg/sec, %.2f Mbit/sec.\n",
			sum.Messages, strings.Join(sum.Shares(), ", "), sum.Time.Round(time.Millisecond), sum.Rate(), sum.Mbit())
	}
	if err != nil {
		return fmt.Errorf("flood: %w", err)
	}
	return nil
}
