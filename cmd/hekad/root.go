package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const rootHelp = `hekad gathers logs, metrics and events, turns them into one typed message,
routes them by content, processes them in flight and delivers them.

Flags may be written with one hyphen or two: Heka's own always had one.`

// groups of commands, in the order of the help.
const (
	groupDaemon = "daemon"
	groupConfig = "config"
	groupTools  = "tools"
)

// root builds the whole command tree.
func (t *terminal) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "hekad",
		Short:         "Gather, route and deliver logs, metrics and events",
		Long:          rootHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		Version:       buildVersion(),
	}
	var path string // Heka 0.x: hekad -config FILE
	root.Flags().StringVar(&path, "config", "", "run the daemon with this configuration, as hekad run does")
	root.RunE = func(c *cobra.Command, _ []string) error {
		if path == "" {
			return c.Help()
		}
		return t.runDaemon(c.Context(), path)
	}
	root.AddGroup(
		&cobra.Group{ID: groupDaemon, Title: "The daemon:"},
		&cobra.Group{ID: groupConfig, Title: "Its configuration:"},
		&cobra.Group{ID: groupTools, Title: "Tools:"},
	)
	root.SuggestionsMinimumDistance = 2
	root.SetHelpCommand(t.helpCommand())
	root.SetCompletionCommandGroupID(groupTools)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError(c, err) })
	root.AddCommand(
		t.runCommand(), t.reloadCommand(), t.reportCommand(),
		t.sandboxCommand(),
		t.checkCommand(), t.testCommand(), t.explainCommand(), t.logstreamsCommand(), t.pluginsCommand(), t.schemaCommand(), t.docsCommand(),
		t.catCommand(), t.injectCommand(), t.floodCommand(), t.replayCommand(), t.journalCommand(), t.deadletterCommand(),
		t.versionCommand(), t.buildCommand(),
	)
	return root
}

// execute runs a command line of the hekad program.
func (t *terminal) execute(ctx context.Context, args []string) error {
	root := t.root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	for _, c := range root.Commands() {
		if c.Name() == "completion" && c.Run == nil && c.RunE == nil { // it takes any shell's name for a wish for help
			c.Args = noArgs
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	root.SetArgs(twoHyphens(root, args))
	return root.ExecuteContext(ctx)
}

// usageError says what is wrong with a command line and where the help is.
func usageError(c *cobra.Command, err error) error {
	if bad := (*pflag.InvalidValueError)(nil); errors.As(err, &bad) {
		err = fmt.Errorf("--%s = %q is not of type %s", bad.GetFlag().Name, bad.GetValue(), bad.GetFlag().Value.Type())
	}
	return exitWith(exitUsage, fmt.Errorf("%w; see %s --help", err, c.CommandPath()))
}

// noArgs refuses arguments; for the root they are unknown commands.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if c.HasParent() {
		return usageError(c, fmt.Errorf("unexpected argument %q", args[0]))
	}
	err := fmt.Errorf("there is no command %q", args[0])
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; did you mean %q?", err, near[0])
		return exitWith(exitUsage, err)
	}
	return usageError(c, err)
}

// maxArgs allows up to n arguments.
func maxArgs(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return usageError(c, fmt.Errorf("unexpected argument %q", args[n]))
		}
		return nil
	}
}

// twoHyphens writes the flags of Heka 0.x, which had one hyphen, as they are
// written now: -config X becomes --config X where the command knows such a flag.
func twoHyphens(root *cobra.Command, args []string) []string {
	out := make([]string, 0, len(args))
	cmd := root
	flags := []*pflag.FlagSet{}
	use := func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		c.InitDefaultVersionFlag()
		flags = []*pflag.FlagSet{c.Flags(), c.InheritedFlags()}
	}
	use(root)
	for i, a := range args {
		if a == "--" {
			return append(out, args[i:]...)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && len(name) > 1 {
			for _, f := range flags {
				if f.Lookup(name) != nil {
					a = "-" + a
					break
				}
			}
		} else if !strings.HasPrefix(a, "-") {
			for _, c := range cmd.Commands() {
				if c.Name() == a || c.HasAlias(a) {
					cmd = c
					use(c)
					break
				}
			}
		}
		out = append(out, a)
	}
	return out
}
