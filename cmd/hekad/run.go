package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/config"
)

// defaultConfig is where the configuration is when nobody says otherwise.
const defaultConfig = "/etc/hekad.toml"

// defaultFolder holds it, in several files, where there is no defaultConfig: the
// packages put it there.
const defaultFolder = "/etc/hekad"

// configFlag adds --config, whose default the environment may set.
func configFlag(c *cobra.Command, path *string, usage string) {
	def := os.Getenv("HEKA_CONFIG")
	if def == "" {
		def = defaultConfig
		if _, err := os.Stat(def); err != nil {
			if dir, err := os.Stat(defaultFolder); err == nil && dir.IsDir() {
				def = defaultFolder
			}
		}
	}
	c.Flags().StringVarP(path, "config", "c", def, usage+" (HEKA_CONFIG)")
}

const runHelp = `Run the daemon until it is told to stop.

SIGINT, SIGTERM   stop in order: inputs, filters, outputs, each drained; a second
                  one, half a second later or more, ends at once
SIGHUP            read the configuration anew, apply what changed, open output
                  files anew
SIGUSR1           print a report to standard error
SIGUSR2           print a report and what every goroutine does, then stop in
                  order with exit code 1: for a daemon that does not move

Exit codes: 0 stopped as told, 1 failed, 78 the configuration is wrong.`

func (t *terminal) runCommand() *cobra.Command {
	var path string
	c := &cobra.Command{
		Use:     "run [PATH]",
		Short:   "Run the daemon",
		Long:    runHelp,
		GroupID: groupDaemon,
		Args:    maxArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				path = args[0]
			}
			return t.runDaemon(c.Context(), path)
		},
	}
	configFlag(c, &path, "configuration: a file, or a directory of *.toml files")
	return c
}

func (t *terminal) runDaemon(ctx context.Context, path string) error {
	d := &daemon{path: path, version: buildVersion(), stderr: t.err}
	err := d.run(ctx)
	var wrong config.Errors
	if errors.As(err, &wrong) {
		fmt.Fprintln(t.err, wrong.Error())
		return exitWith(exitConfig, fmt.Errorf("%s in %s", plural(len(wrong), "mistake"), path))
	}
	return err
}

// plural counts: 1 mistake, 2 mistakes.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
