package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
)

// controlFlags say which running hekad a command talks to.
type controlFlags struct {
	config, admin, token string
}

func (f *controlFlags) add(c *cobra.Command) {
	configFlag(c, &f.config, "configuration of the running hekad, which tells its admin socket")
	c.Flags().StringVar(&f.admin, "admin", "", "admin socket or host:port, instead of --config")
	c.Flags().StringVar(&f.token, "token", os.Getenv("HEKA_ADMIN_TOKEN"), "admin token for host:port (default: HEKA_ADMIN_TOKEN)")
	c.Flags().Lookup("token").DefValue = ""
}

// client finds the daemon: at --admin, else where its configuration says, whatever
// mistakes the rest of that has.
func (f *controlFlags) client() (*admin.Client, error) {
	if f.admin != "" {
		return admin.NewClient(f.admin, f.token), nil
	}
	g, err := config.LoadGlobals(f.config, config.Options{})
	if err != nil {
		return nil, exitWith(exitConfig, err)
	}
	if s := g.Socket(); s != "" {
		return admin.NewClient(s, ""), nil
	}
	token := f.token
	if token == "" {
		token = g.AdminToken
	}
	return admin.NewClient(g.AdminAddress, token), nil
}

func (t *terminal) reloadCommand() *cobra.Command {
	var f controlFlags
	var asJSON, dry bool
	c := &cobra.Command{
		Use:     "reload",
		Short:   "Have the running daemon read its configuration anew",
		Long:    reloadHelp,
		Example: "  hekad reload --dry-run\n  hekad reload --json | jq .errors",
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return t.reload(c.Context(), &f, dry, asJSON)
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "answer as one JSON object on standard output")
	c.Flags().BoolVar(&dry, "dry-run", false, "only tell what would change; what shows when plugins start, such as an address in use, it cannot tell")
	return c
}

const reloadHelp = `Have the running daemon read its configuration anew and apply what changed, and
tell what that was: which plugins are added, replaced or removed, and because of
which options. What did not change keeps its sockets, positions and state; of an
input whose options changed the connections stay where it says "changed in place".

Everything new is opened before anything old is stopped. When some of it cannot be
had, nothing is changed: the reasons are told with their places, and everything
runs as before.

Exit codes: 0 done, 78 the configuration is wrong, 1 a plugin does not start, or
the daemon cannot be asked.`

func (t *terminal) reload(ctx context.Context, f *controlFlags, dry, asJSON bool) error {
	c, err := f.client()
	if err != nil {
		return err
	}
	a, err := c.Reload(ctx, dry)
	if err != nil {
		return f.why(err)
	}
	to := t.out
	if asJSON {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		err = e.Encode(a)
	} else {
		if a.Refused != "" {
			to = t.err
		}
		_, err = io.WriteString(to, a.Text())
	}
	switch {
	case err != nil:
		return err
	case a.Refused == admin.RefusedConfig:
		return exitWith(exitConfig, errSaid)
	case a.Refused != "":
		return exitWith(exitFailed, errSaid)
	}
	return nil
}

// why tells the mistakes of the configuration where they may be the reason for which
// the daemon was not found.
func (f *controlFlags) why(err error) error {
	if errors.Is(err, admin.ErrNoDaemon) && f.admin == "" {
		if _, bad := config.Load(f.config, config.Options{}); bad != nil {
			return exitWith(exitConfig, fmt.Errorf("%w\nand so perhaps: %w", bad, err))
		}
	}
	return err
}

func (t *terminal) reportCommand() *cobra.Command {
	var f controlFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "report",
		Short:   "Show the state of every plugin of the running daemon",
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			path := "/report"
			if asJSON {
				path += "?format=json"
			}
			return t.ask(&f, func(c *admin.Client) (string, error) { return c.Get(path) })
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print the form of heka.all-report")
	return c
}

func (t *terminal) ask(f *controlFlags, do func(*admin.Client) (string, error)) error {
	c, err := f.client()
	if err != nil {
		return err
	}
	answer, err := do(c)
	if err != nil {
		return f.why(err)
	}
	_, err = io.WriteString(t.out, answer)
	return err
}
