package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/plugin"
)

// helpCommand takes the place of cobra's: it also knows plugin types, the
// options that plugins share, and those of the daemon.
func (t *terminal) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TYPE | KIND | hekad]",
		Short: "Explain a command, a plugin type, or the options that plugins share",
		Long: `Explains a command, or a plugin type with its options and an example, or the
options that all plugins of a kind share (input, filter, output, splitter), or those
of the [hekad] section.`,
		Example: "  hekad help cat\n  hekad help TcpInput\n  hekad help output\n  hekad help hekad",
		GroupID: groupConfig,
		Args:    maxArgs(2),
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, sub := range c.Root().Commands() {
				names = append(names, sub.Name())
			}
			for _, i := range plugin.All() {
				names = append(names, i.Name)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return c.Root().Help()
			}
			if text, ok := explainName(args[0]); ok && len(args) == 1 {
				_, err := io.WriteString(t.out, text)
				return err
			}
			if sub, rest, err := c.Root().Find(args); err == nil && sub != c.Root() && len(rest) == 0 {
				sub.InitDefaultHelpFlag()
				return sub.Help()
			}
			return t.noHelp(c, args[0])
		},
	}
}

// explainName is the help about a plugin type, a kind or the daemon's options.
func explainName(name string) (string, bool) {
	if name == "hekad" {
		return "[hekad]\nOptions of the daemon itself.\n\n" + optionList(config.GlobalOptions()), true
	}
	if info, ok := plugin.Lookup(name); ok {
		return config.HelpText(info), true
	}
	for _, k := range plugin.Kinds() {
		if name != k.String() && name != k.String()+"s" {
			continue
		}
		list := config.CommonOptions(k, nil)
		if len(list) == 0 {
			return fmt.Sprintf("%ss share no options. hekad plugins %s lists them.\n", k, k), true
		}
		return fmt.Sprintf("Options of every %s:\n\n%s", k, optionList(list)), true
	}
	return "", false
}

// optionList is a plain list of options, those of tables with dotted names.
func optionList(list []config.OptionDoc) string {
	var b strings.Builder
	var walk func(prefix string, list []config.OptionDoc)
	walk = func(prefix string, list []config.OptionDoc) {
		for _, d := range list {
			if len(d.Options) > 0 {
				fmt.Fprintf(&b, "  %s%s  %s\n    %s\n", prefix, d.Name, d.Type, d.Doc)
				walk(prefix+d.Name+".", d.Options)
				continue
			}
			fmt.Fprintf(&b, "  %s%s  %s", prefix, d.Name, d.Type)
			if d.Default != "" {
				fmt.Fprintf(&b, ", default %s", d.Default)
			}
			if d.Unit != "" {
				fmt.Fprintf(&b, ", a bare number is %s", d.Unit)
			}
			fmt.Fprintf(&b, "\n    %s\n", d.Doc)
		}
	}
	walk("", list)
	return b.String()
}

// noHelp says that a name is nothing here, with the type it may have meant.
func (t *terminal) noHelp(c *cobra.Command, name string) error {
	low := strings.ToLower(name)
	var types []string
	for _, i := range plugin.All() {
		if n := strings.ToLower(i.Name); n == low || strings.TrimSuffix(n, i.Kind.String()) == low {
			return exitWith(exitUsage, fmt.Errorf("there is no help for %q; did you mean %q?", name, i.Name))
		}
		types = append(types, i.Name)
	}
	if near := config.Nearest(name, types); near != "" {
		return exitWith(exitUsage, fmt.Errorf("there is no help for %q; did you mean %q?", name, near))
	}
	if near := c.Root().SuggestionsFor(name); len(near) > 0 {
		return exitWith(exitUsage, fmt.Errorf("there is no help for %q; did you mean %q?", name, near[0]))
	}
	return exitWith(exitUsage, fmt.Errorf("there is no help for %q; hekad help lists the commands, hekad plugins the plugin types", name))
}
