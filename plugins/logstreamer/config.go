// Package logstreamer gathers log files: it reads whole rotated logs in order,
// goes on where the outputs have confirmed, and follows them while they are
// written and rotated.
//
//	Input ─ Watcher (directories) ──new stream──▶ stream ─ Follower ─▶ plugin.Stream
//	  └─ saver ◀── ledger: position confirmed ◀─────────── Acked ◀────────┘
//
// One goroutine for each stream reads; one looks at directories; one saves
// positions. What a stream is and how rotation is noticed lies in package
// logstream.
package logstreamer

import (
	_ "embed"
	"errors"
	"path/filepath"
	"time"

	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/logstream"
	"github.com/heka-project/heka/plugin"
)

//go:embed logstreamer.toml
var sample string

//go:embed README.md
var readme string

func init() {
	plugin.RegisterInput("LogstreamerInput", plugin.About{
		Doc:      "Reads rotated log files as streams, oldest line first, and remembers where it was.",
		Sample:   sample,
		Readme:   readme,
		Splitter: "TokenSplitter",
	}, newInput)
}

// Config holds the options of LogstreamerInput.
type Config struct {
	Hostname          string                    `toml:"hostname" doc:"Hostname of the messages; default: this host's."`
	LogDirectory      string                    `toml:"log_directory" default:"/var/log" doc:"Directory below which the log files lie."`
	JournalDirectory  string                    `toml:"journal_directory" doc:"Directory of the saved positions, one file a stream; default: logstreamer in base_dir."`
	FileMatch         string                    `toml:"file_match" required:"true" doc:"Regular expression that the path of a file below log_directory must match; its end is anchored. Groups named (?P<Name>…) serve the options below."`
	Priority          []string                  `toml:"priority" doc:"Groups that order the files of a stream from oldest to newest; ^Name turns the order of a group round."`
	Differentiator    []string                  `toml:"differentiator" doc:"Groups and literal texts that together make the name of a file's stream, which becomes Logger; default: the section's name."`
	OldestDuration    time.Duration             `toml:"oldest_duration" default:"720h" doc:"Files that were not written for longer are passed over."`
	Translation       map[string]map[string]int `toml:"translation" doc:"For each group a table of texts and their place in the order; missing is the place of files without the group."`
	RescanInterval    time.Duration             `toml:"rescan_interval" unit:"ms" default:"1m" doc:"Time between two scans of all files; new files in directories that can be watched are found sooner."`
	CheckDataInterval time.Duration             `toml:"check_data_interval" unit:"ms" default:"250ms" doc:"Longest time between two looks at a file for new data."`
	InitialTail       bool                      `toml:"initial_tail" default:"false" doc:"Start streams that are there at the first start, and have no saved position, at their end."`
}

// pattern is the part of the options that package logstream knows.
func (c *Config) pattern(name string) (*logstream.Pattern, error) {
	p, err := logstream.Compile(logstream.Config{
		Name: name, Directory: c.LogDirectory, FileMatch: c.FileMatch, Priority: c.Priority,
		Differentiator: c.Differentiator, Translation: c.Translation, Oldest: c.OldestDuration, InitialTail: c.InitialTail,
	})
	var ce *logstream.ConfigError
	if errors.As(err, &ce) {
		return nil, &plugin.OptionError{Option: ce.Option, What: ce.What, Fix: ce.Fix}
	}
	return p, err
}

// Validate checks the expression, the groups it is used by, and the intervals.
func (c *Config) Validate() error {
	if _, err := c.pattern(""); err != nil {
		return err
	}
	for _, o := range []struct {
		name string
		d    time.Duration
	}{{"rescan_interval", c.RescanInterval}, {"check_data_interval", c.CheckDataInterval}} {
		if o.d <= 0 {
			return &plugin.OptionError{Option: o.name, What: o.d.String() + " is no interval", Fix: "give a time above zero"}
		}
	}
	if c.OldestDuration < 0 {
		return &plugin.OptionError{Option: "oldest_duration", What: c.OldestDuration.String() + " is negative", Fix: "give a time, or 0 for no limit"}
	}
	return nil
}

func (c *Config) journalDir(env *plugin.Env) string {
	switch {
	case c.JournalDirectory == "":
		return filepath.Join(env.BaseDir, "logstreamer")
	case filepath.IsAbs(c.JournalDirectory):
		return c.JournalDirectory
	}
	return filepath.Join(env.BaseDir, c.JournalDirectory)
}

// Explain says what the options find on this machine now. name is the section's.
func (c *Config) Explain(name, baseDir string, now time.Time) (logstream.Explanation, error) {
	p, err := c.pattern(name)
	if err != nil {
		return logstream.Explanation{}, err
	}
	return logstream.Explain(p, fsx.OS{}, c.journalDir(&plugin.Env{BaseDir: baseDir}), now), nil
}
