package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/internal/control"
)

const controlHelp = `

Without --to the running daemon is asked by its admin interface, and the answer
says whether it was done. With --to a control message goes to a TcpInput, signed
with --signer (HMAC) or --key (Ed25519) or both; whether it was obeyed stands in
the daemon's log, and failures in messages of type heka.sandbox-terminated.`

const loadExample = `  hekad sandbox load counter.toml counter.lua
  hekad sandbox load --to hekad.example:5565 --signer ops --hmac-key-file ops.secret counter.toml counter.lua
  hekad sandbox replace --to hekad.example:5565 --key alice.key counter.toml counter.lua`

// controlCommand is what the sub-commands that ask a manager share.
type controlCommand struct {
	t       *terminal
	control controlFlags
	send    sendFlags
	manager string
	host    string
}

func (x *controlCommand) flags(c *cobra.Command) {
	x.control.add(c)
	f := c.Flags()
	f.StringVar(&x.manager, "manager", "", "sandbox manager that is meant (default: the only one)")
	f.StringVar(&x.send.to, "to", "", "host:port of a TcpInput, to send signed messages instead")
	f.StringVar(&x.send.signer, "signer", "", "with --to: name of the HMAC signer")
	f.StringVar(&x.send.hmacFile, "hmac-key-file", "", "with --signer: file that holds the shared secret")
	f.StringVar(&x.send.hmacHash, "hmac-hash", "sha256", "with --signer: sha256, sha1 or md5; a Heka 0.x knows the last two")
	f.Uint32Var(&x.send.version, "key-version", 0, "with --signer: version of the key")
	f.StringVar(&x.send.keyFile, "key", "", "with --to: file of an Ed25519 key, as keygen makes it")
	f.StringVar(&x.send.keyID, "key-name", "", "with --key: name of the key on the other side (default: as in the file)")
	f.StringVar(&x.host, "only-host", "", "with --to: only the hekad of this hostname is meant")
	f.BoolVar(&x.send.useTLS, "tls", false, "with --to: connect with TLS")
	f.StringVar(&x.send.caFile, "ca-file", "", "with --tls: certificates that are trusted, instead of the system's")
}

// do asks for one action.
func (x *controlCommand) do(ctx context.Context, o control.Order) error {
	s, err := x.send.sender()
	if err != nil {
		return err
	}
	if s != nil {
		o.Manager, o.Host = x.manager, x.host
		return s.send(ctx, o)
	}
	c, err := x.control.client()
	if err != nil {
		return err
	}
	answer, err := c.Sandbox(ctx, o.Action, x.manager, o.Name, admin.FilterText{Config: o.Config, Script: o.Script})
	if err != nil {
		return err
	}
	_, err = io.WriteString(x.t.out, answer)
	return err
}

// readFilter reads the files of a filter.
func (t *terminal) readFilter(configFile, scriptFile string) (config, script string, err error) {
	for _, f := range []struct {
		name string
		into *string
	}{{configFile, &config}, {scriptFile, &script}} {
		b, err := os.ReadFile(f.name)
		if err != nil {
			return "", "", err
		}
		*f.into = string(b)
	}
	return config, script, nil
}

func (t *terminal) loadCommand(action, short string) *cobra.Command {
	x := &controlCommand{t: t}
	c := &cobra.Command{
		Use:     action + " SECTION.toml SCRIPT.lua",
		Short:   short,
		Long:    short + ".\nSECTION.toml holds the filter's section, as it would stand in a configuration." + controlHelp,
		Example: loadExample,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) != 2 {
			return usageError(c, errors.New("give the file of the section and the file of the script"))
		}
		config, script, err := t.readFilter(args[0], args[1])
		if err != nil {
			return err
		}
		return x.do(c.Context(), control.Order{Action: action, Config: config, Script: script})
	}
	x.flags(c)
	return c
}

func (t *terminal) namedCommand(action, short string) *cobra.Command {
	x := &controlCommand{t: t}
	c := &cobra.Command{
		Use:   action + " NAME...",
		Short: short,
		Long:  short + ".\nNAME is that of the filter's section, without the manager's in front." + controlHelp,
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError(c, errors.New("name the filters"))
		}
		for _, name := range args {
			if err := x.do(c.Context(), control.Order{Action: action, Name: name}); err != nil {
				return err
			}
		}
		return nil
	}
	x.flags(c)
	return c
}

var keyName = regexp.MustCompile(`^[A-Za-z0-9_.@-]{1,64}$`)

func (t *terminal) keygenCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "keygen NAME",
		Short: "Make an Ed25519 key to sign control messages with",
		Long: `Makes an Ed25519 key pair. The private key goes to NAME.key, which only you can
read: keep it where messages are signed. The public key is printed as it stands in
the configuration of a SandboxManagerFilter.`,
		Example: "  hekad sandbox keygen alice\n  hekad sandbox load --to hekad.example:5565 --key alice.key counter.toml counter.lua",
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError(c, errors.New("give the key one name"))
		}
		if !keyName.MatchString(args[0]) {
			return usageError(c, fmt.Errorf("%q is no name for a key; use letters, digits, _ . @ and -", args[0]))
		}
		return t.keygen(args[0], filepath.Join(dir, args[0]+".key"))
	}
	c.Flags().StringVar(&dir, "dir", ".", "folder of the key file")
	return c
}

func (t *terminal) keygen(name, file string) error {
	public, private, err := control.NewKey()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("%w; a key is never overwritten", err)
	}
	_, err = fmt.Fprintf(f, "%s %s\n", name, private)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(t.err, "the private key is in %s; in the configuration of the manager write:\n", file)
	fmt.Fprintf(t.out, "[YOUR_MANAGER.keys]\n%q = %q\n", name, public)
	return nil
}
