package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// Set by the Makefile: -ldflags "-X main.version=1.2.3 -X main.commit=abc -X main.date=2026-01-02".
var version, commit, date string

// buildVersion is one line: name, version, commit, date, Go, platform.
func buildVersion() string {
	v, c, d := version, commit, date
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision" && c == "":
				c = s.Value[:min(12, len(s.Value))]
			case s.Key == "vcs.time" && d == "":
				d, _, _ = strings.Cut(s.Value, "T")
			}
		}
		if v == "" && info.Main.Version != "(devel)" {
			v = strings.TrimPrefix(info.Main.Version, "v")
		}
	}
	if v == "" {
		v = "devel"
	}
	var about []string
	for _, x := range []string{c, d, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH} {
		if x != "" {
			about = append(about, x)
		}
	}
	return fmt.Sprintf("hekad %s (%s)", v, strings.Join(about, ", "))
}

func (t *terminal) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit, date and platform",
		GroupID: groupTools,
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(t.out, buildVersion())
			return err
		},
	}
}
