package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/plugin"
)

// listed is one plugin type for programs.
type listed struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Doc  string `json:"doc"`
}

func (t *terminal) pluginsCommand() *cobra.Command {
	var asJSON bool
	kinds := make([]string, 0, 6)
	for _, k := range plugin.Kinds() {
		kinds = append(kinds, k.String())
	}
	c := &cobra.Command{
		Use:       "plugins [KIND]",
		Short:     "List the plugin types that this hekad has",
		Long:      "Lists the plugin types, or those of one kind: " + strings.Join(kinds, ", ") + ".\nhekad help TYPE tells all about one.",
		GroupID:   groupConfig,
		Args:      maxArgs(1),
		ValidArgs: kinds,
		RunE: func(c *cobra.Command, args []string) error {
			only := ""
			if len(args) == 1 {
				only = strings.TrimSuffix(strings.ToLower(args[0]), "s")
			}
			list := []listed{}
			known := only == ""
			for _, k := range plugin.Kinds() {
				known = known || k.String() == only
			}
			if !known {
				return usageError(c, fmt.Errorf("%q is no kind of plugin; give one of %s", args[0], strings.Join(kinds, ", ")))
			}
			for _, i := range plugin.All() {
				if only == "" || i.Kind.String() == only {
					list = append(list, listed{i.Name, i.Kind.String(), i.About.Doc})
				}
			}
			if asJSON {
				e := json.NewEncoder(t.out)
				e.SetIndent("", "  ")
				e.SetEscapeHTML(false)
				return e.Encode(list)
			}
			w := tabwriter.NewWriter(t.out, 0, 8, 2, ' ', 0)
			for _, l := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\n", l.Kind, l.Name, l.Doc)
			}
			return w.Flush()
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
