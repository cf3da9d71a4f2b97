package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/logstream"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugins/logstreamer"
)

const logstreamsHelp = `Shows what each LogstreamerInput of a configuration would read now: its streams,
their files from the oldest to the newest, and where reading would go on. Sections
of types that this hekad does not have are passed over.`

func (t *terminal) logstreamsCommand() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use:     "logstreams [PATH]",
		Short:   "Show which files make up which log streams",
		Long:    logstreamsHelp,
		GroupID: groupConfig,
		Args:    maxArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				path = args[0]
			}
			return t.logstreams(path, asJSON)
		},
	}
	configFlag(c, &path, "configuration, when no PATH is given")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func legacyLogstreamer(_ context.Context, t *terminal, name string, args []string) error {
	f := legacyFlags(t, name, "[options]")
	path := f.String("config", "logstreamer.toml", "file, or directory of *.toml files")
	if done, err := legacyParse(f, args, exitUsage); done {
		return err
	}
	return t.logstreams(*path, false)
}

// explained is one section for programs.
type explained struct {
	Section string `json:"section"`
	logstream.Explanation
}

func (t *terminal) logstreams(path string, asJSON bool) error {
	plan, err := loadLogstreams(path)
	var wrong config.Errors
	if errors.As(err, &wrong) {
		fmt.Fprintln(t.err, wrong.Error())
		return exitWith(exitConfig, fmt.Errorf("%s in %s", plural(len(wrong), "mistake"), path))
	} else if err != nil {
		return err
	}
	list := []explained{}
	for _, s := range plan.Of(plugin.KindInput) {
		cfg, ok := s.Config.(*logstreamer.Config)
		if !ok {
			continue
		}
		e, err := cfg.Explain(s.Name, plan.Globals.BaseDir, time.Now())
		if err != nil {
			return fmt.Errorf("[%s]: %w", s.Name, err)
		}
		list = append(list, explained{s.Name, e})
	}
	if len(list) == 0 {
		return fmt.Errorf("%s has no section of type LogstreamerInput", path)
	}
	if asJSON {
		e := json.NewEncoder(t.out)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return e.Encode(list)
	}
	for i, e := range list {
		if i > 0 {
			fmt.Fprintln(t.out)
		}
		if _, err := fmt.Fprintf(t.out, "[%s]\n%s", e.Section, e.Text()); err != nil {
			return err
		}
	}
	return nil
}

// loadLogstreams reads a configuration of which only the log streams matter.
// Beside what Load takes, a directory may hold the leavings of editors.
func loadLogstreams(path string) (*config.Plan, error) {
	opt := config.Options{Foreign: func(typ string) bool { return typ != "LogstreamerInput" }}
	st, err := os.Stat(path)
	if err != nil || !st.IsDir() {
		return config.Load(path, opt)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []config.Source
	for _, e := range entries {
		name := e.Name()
		if e.Type()&fs.ModeDir != 0 || strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".bak") || strings.HasSuffix(name, ".tmp") || strings.HasSuffix(name, "~") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(path, name))
		if err != nil {
			return nil, err
		}
		files = append(files, config.Source{Name: filepath.Join(path, name), Text: string(text)})
	}
	return config.Parse(files, opt)
}
