package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
)

// defaultConfig is where the configuration is when nobody says otherwise.
const defaultConfig = "/etc/hekad.toml"

// configFlag adds --config, whose default HEKAD_CONFIG may name.
func configFlag(c *cobra.Command, path *string) {
	def := os.Getenv("HEKAD_CONFIG")
	if def == "" {
		def = defaultConfig
	}
	c.Flags().StringVar(path, "config", def, "TOML file, or folder of *.toml files (HEKAD_CONFIG)")
}

// loadConfig reads a configuration; its complaints are printed, a line each, and
// end the command with code 78.
func (t *terminal) loadConfig(path string) (*config.Plan, error) {
	plan, err := config.Load(path, config.Options{})
	if err == nil {
		return plan, nil
	}
	var list config.Errors
	if !errors.As(err, &list) {
		return nil, exitWith(exitConfig, err)
	}
	for _, e := range list {
		fmt.Fprintln(t.err, e)
	}
	return nil, exitWith(exitConfig, fmt.Errorf("%s in %s", plural(len(list), "mistake"), path))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// adminFlags say where the admin interface of a running hekad is.
type adminFlags struct {
	config, admin, token string
}

func (a *adminFlags) add(c *cobra.Command) {
	configFlag(c, &a.config)
	c.Flags().StringVar(&a.admin, "admin", os.Getenv("HEKAD_ADMIN"), "admin socket, or host:port, of the daemon (HEKAD_ADMIN; default: what the configuration says)")
	c.Flags().StringVar(&a.token, "token", os.Getenv("HEKAD_TOKEN"), "admin token, for control over TCP (HEKAD_TOKEN)")
}

// client finds the daemon.
func (a *adminFlags) client(t *terminal) (*admin.Client, error) {
	if a.admin != "" {
		return admin.NewClient(a.admin, a.token), nil
	}
	plan, err := t.loadConfig(a.config)
	if err != nil {
		return nil, err
	}
	g := &plan.Globals
	if socket := g.Socket(); socket != "" {
		return admin.NewClient(socket, a.token), nil
	}
	if g.AdminAddress == "" {
		return nil, fmt.Errorf("%s switches the admin interface off; set admin_socket or admin_address", a.config)
	}
	token := a.token
	if token == "" {
		token = g.AdminToken
	}
	return admin.NewClient(g.AdminAddress, token), nil
}
