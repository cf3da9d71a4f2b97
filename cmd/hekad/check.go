package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/admin"
	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/pipeline"
	"github.com/heka-project/heka/plugin"
)

const checkHelp = `Reads a configuration as run would, and tells every mistake in it at once, a line
each: file:line:column: [section] what is wrong; what to write instead. Nothing is
started, opened or written.

Exit codes: 0 sound, 78 mistakes (or warnings, with --deny-warnings).`

// verdict is the answer of check --json.
type verdict struct {
	OK       bool              `json:"ok"`
	Files    []string          `json:"files"`
	Errors   []admin.Complaint `json:"errors"`
	Warnings []admin.Complaint `json:"warnings"`
}

func (t *terminal) checkCommand() *cobra.Command {
	var path string
	var asJSON, deny bool
	c := &cobra.Command{
		Use:     "check [PATH]",
		Short:   "Tell every mistake in a configuration",
		Long:    checkHelp,
		Example: "  hekad check hekad.toml\n  hekad check --json /etc/hekad | jq .errors",
		GroupID: groupConfig,
		Args:    maxArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				path = args[0]
			}
			return t.check(path, asJSON, deny)
		},
	}
	configFlag(c, &path, "configuration, when no PATH is given")
	c.Flags().BoolVar(&asJSON, "json", false, "answer as one JSON object on standard output")
	c.Flags().BoolVar(&deny, "deny-warnings", false, "take warnings for mistakes")
	return c
}

func (t *terminal) check(path string, asJSON, deny bool) error {
	v := verdict{Files: []string{}, Errors: []admin.Complaint{}, Warnings: []admin.Complaint{}}
	plan, err := config.Load(path, config.Options{})
	var list config.Errors
	switch {
	case errors.As(err, &list):
	case err != nil:
		list = config.Errors{{What: err.Error()}}
	default:
		// What only the constructors know, such as a decoder that names itself.
		if _, err := pipeline.New(plan, pipeline.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}); err != nil {
			list = plan.Place(err)
		}
	}
	if plan != nil {
		v.Files = plan.Files
		v.Warnings = admin.Complaints(plan.Warnings)
	}
	v.Errors = admin.Complaints(list)
	v.OK = len(v.Errors) == 0 && !(deny && len(v.Warnings) > 0)
	if asJSON {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			return err
		}
	} else {
		for _, c := range v.Warnings {
			fmt.Fprintln(t.err, "warning: "+c.String())
		}
		for _, c := range v.Errors {
			fmt.Fprintln(t.err, c)
		}
		if v.OK {
			fmt.Fprintf(t.out, "%s: sound: %s\n", path, summary(plan))
		}
	}
	if !v.OK {
		return exitWith(exitConfig, errSaid)
	}
	return nil
}

// summary counts the sections of each kind: "2 inputs, 1 output".
func summary(plan *config.Plan) string {
	var parts []string
	for _, k := range []plugin.Kind{plugin.KindInput, plugin.KindFilter, plugin.KindOutput} {
		if n := len(plan.Of(k)); n > 0 {
			parts = append(parts, plural(n, k.String()))
		}
	}
	return strings.Join(parts, ", ")
}
