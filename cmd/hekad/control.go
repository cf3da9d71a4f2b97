package main

import (
	"errors"
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

// client finds the daemon: at --admin, else where its configuration says.
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
	c := &cobra.Command{
		Use:     "reload",
		Short:   "Have the running daemon read its configuration anew",
		Long:    "Have the running daemon read its configuration anew and apply what changed.\nWhat did not change keeps its sockets, positions and state. A configuration\nthat cannot run is refused with the reason, and the old one runs on.\n\nExit codes: 0 done, 1 refused or no answer, 78 the configuration is wrong.",
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			err := t.ask(&f, func(c *admin.Client) (string, error) { return c.Post("/reload") })
			if errors.Is(err, admin.ErrNoDaemon) && f.admin == "" { // nobody is there to tell the mistakes
				if _, bad := config.Load(f.config, config.Options{}); bad != nil {
					return exitWith(exitConfig, bad)
				}
			}
			return err
		},
	}
	f.add(c)
	return c
}

func (t *terminal) reportCommand() *cobra.Command {
	var f controlFlags
	var json bool
	c := &cobra.Command{
		Use:     "report",
		Short:   "Show the state of every plugin of the running daemon",
		GroupID: groupDaemon,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			path := "/report"
			if json {
				path += "?format=json"
			}
			return t.ask(&f, func(c *admin.Client) (string, error) { return c.Get(path) })
		},
	}
	f.add(c)
	c.Flags().BoolVar(&json, "json", false, "print the form of heka.all-report")
	return c
}

func (t *terminal) ask(f *controlFlags, do func(*admin.Client) (string, error)) error {
	c, err := f.client()
	if err != nil {
		return err
	}
	answer, err := do(c)
	if errors.Is(err, admin.ErrConfig) {
		return exitWith(exitConfig, err)
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(t.out, answer)
	return err
}
