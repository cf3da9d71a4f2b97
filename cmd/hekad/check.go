package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/pipeline"
	"github.com/heka-project/heka/plugin"
)

const checkHelp = `Reads a configuration as run would, and tells every mistake in it at once, a line
each: file:line:column: [section] what is wrong; what to write instead. Nothing is
started, opened or written.

Exit codes: 0 sound, 78 mistakes (or warnings, with --deny-warnings).`

// complaint is one mistake for programs.
type complaint struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Section string `json:"section,omitempty"`
	What    string `json:"what"`
	Fix     string `json:"fix,omitempty"`
}

// verdict is the answer of check --json.
type verdict struct {
	OK       bool        `json:"ok"`
	Files    []string    `json:"files"`
	Errors   []complaint `json:"errors"`
	Warnings []complaint `json:"warnings"`
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
	v := verdict{Files: []string{}, Errors: []complaint{}, Warnings: []complaint{}}
	plan, err := config.Load(path, config.Options{})
	var list config.Errors
	switch {
	case errors.As(err, &list):
	case err != nil:
		list = config.Errors{{What: err.Error()}}
	default:
		// What only the constructors know, such as a decoder that names itself.
		if _, err := pipeline.New(plan, pipeline.Options{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}); err != nil {
			list = unbuilt(plan, path, err)
		}
	}
	if plan != nil {
		v.Files = plan.Files
		v.Warnings = complaints(plan.Warnings)
	}
	v.Errors = complaints(list)
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

// unbuilt places what the constructors say at the sections that they name.
func unbuilt(plan *config.Plan, path string, err error) (list config.Errors) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			list = append(list, unbuilt(plan, path, err)...)
		}
		return list
	}
	e := &config.Error{Pos: config.Pos{File: path}, What: err.Error()}
	for _, s := range plan.Sections {
		if rest, ok := strings.CutPrefix(e.What, "["+s.Name+"] "); ok && s.Pos.Line > 0 {
			e.Pos, e.Section, e.What = s.Pos, s.Name, rest
			if i := strings.LastIndex(rest, "; "); i > 0 {
				e.What, e.Fix = rest[:i], rest[i+len("; "):]
			}
			break
		}
	}
	return config.Errors{e}
}

func complaints(list config.Errors) []complaint {
	out := make([]complaint, len(list))
	for i, e := range list {
		out[i] = complaint{e.Pos.File, e.Pos.Line, e.Pos.Col, e.Section, e.What, e.Fix}
	}
	return out
}

func (c complaint) String() string {
	e := config.Error{Pos: config.Pos{File: c.File, Line: c.Line, Col: c.Column}, Section: c.Section, What: c.What, Fix: c.Fix}
	return strings.TrimPrefix(strings.TrimSuffix(e.Error(), "; "), ": ")
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
