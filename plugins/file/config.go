// Package file appends messages to files.
//
//	one path, nothing to pack or to limit: Output
//	Selection ─ framed already: runs as they lie ──┐
//	          └ Encoding.AppendAll ─▶ buffer ──────┴▶ file.Write ─ cut short ─▶ rest, written first next time
//
// The goroutine that delivers owns the file. A delivery is answered once the
// operating system has all its bytes; what it did not take of a delivery is kept
// and written before anything else, so that no record is torn or doubled.
//
// Paths that messages name, limits of size and packing are Many's, which has an
// Output for each file.
package file

import (
	_ "embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/plugin"
)

//go:embed file.toml
var sample string

//go:embed README.md
var readme string

func init() {
	plugin.RegisterOutput("FileOutput", plugin.About{
		Doc:          "Appends messages to a file, which may carry the time in its name.",
		Sample:       sample,
		Readme:       readme,
		NeedsEncoder: true,
		AutoFraming:  true,
	}, newOutput)
}

// Config holds the options of FileOutput.
type Config struct {
	Path             string        `toml:"path" required:"true" doc:"File to append to; with rotation_interval it may hold strftime codes such as %Y-%m-%d, and always %{Type}, %{Hostname}, %{Logger}, %{EnvVersion}, %{Pid}, %{Severity} and %{Fields[name]}."`
	Perm             string        `toml:"perm" default:"644" doc:"Permissions of a new file, in octal."`
	FolderPerm       string        `toml:"folder_perm" default:"700" doc:"Permissions of new folders on the way to the file, in octal."`
	RotationInterval int           `toml:"rotation_interval" default:"0" doc:"Hours, counted from midnight, after which a new file name is made from path: 1, 4, 12 or 24; 0 for never."`
	FlushInterval    time.Duration `toml:"flush_interval" unit:"ms" default:"1s" doc:"Accepted for old configurations; every delivery is written at once, in writes as large as there is data."`
	FlushCount       int           `toml:"flush_count" default:"1" doc:"Accepted for old configurations, as flush_interval."`
	FlushOperator    string        `toml:"flush_operator" default:"AND" enum:"AND,OR" doc:"Accepted for old configurations, as flush_interval."`
	MaxSize          plugin.Size   `toml:"max_size" default:"0" doc:"Size at which a file gets the time behind its name and a new one begins; 0 for none. Records are never split."`
	Keep             int           `toml:"keep" default:"0" doc:"How many finished files of a path are kept, the oldest are removed; 0 for all."`
	Compression      string        `toml:"compression" enum:"gzip,zstd" doc:"How each write is packed; default: not. Give path a fitting ending."`
	CompressRotated  string        `toml:"compress_rotated" enum:"gzip,zstd" doc:"How finished files are packed, beside the writing; default: not."`
	Sync             bool          `toml:"sync" default:"false" doc:"Have the disk confirm each delivery before it counts as delivered."`
	MaxOpenFiles     int           `toml:"max_open_files" default:"128" doc:"Files that may be open at a time where messages name them; the one used longest ago is closed."`
}

// Validate checks the permissions and the interval.
func (c *Config) Validate() error {
	if c.Path == "" {
		return &plugin.OptionError{Option: "path", What: "is empty", Fix: "name the file to append to"}
	}
	for _, o := range [...]struct{ name, text string }{{"perm", c.Perm}, {"folder_perm", c.FolderPerm}} {
		if _, err := octal(o.text); err != nil {
			return &plugin.OptionError{Option: o.name, What: fmt.Sprintf("%q is no octal number up to 777", o.text), Fix: `write it as "644"`}
		}
	}
	switch c.RotationInterval {
	case 0, 1, 4, 12, 24:
	default:
		return &plugin.OptionError{Option: "rotation_interval", What: strconv.Itoa(c.RotationInterval) + " hours do not divide the day as allowed", Fix: "use 0, 1, 4, 12 or 24"}
	}
	if c.FlushInterval < 0 {
		return &plugin.OptionError{Option: "flush_interval", What: c.FlushInterval.String() + " is negative", Fix: "use 0 or more"}
	}
	if c.FlushCount < 1 {
		return &plugin.OptionError{Option: "flush_count", What: strconv.Itoa(c.FlushCount) + " is too small", Fix: "use 1 or more"}
	}
	if c.FlushOperator != "AND" && c.FlushOperator != "OR" {
		return &plugin.OptionError{Option: "flush_operator", What: fmt.Sprintf("%q is unknown", c.FlushOperator), Fix: "use AND or OR"}
	}
	return c.validateMore()
}

// validateMore checks what Many needs.
func (c *Config) validateMore() error {
	bad := func(option, what, fix string) error {
		return &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	if _, err := parseTemplate(c.Path, false, time.Time{}); err != nil {
		return bad("path", err.Error(), "correct it")
	}
	codes := c.RotationInterval > 0 && strings.Contains(c.Path, "%")
	switch {
	case strings.Contains(c.Path, "\x00"):
		return bad("path", "holds a zero byte", "take it out")
	case c.MaxSize < 0:
		return bad("max_size", c.MaxSize.String()+" is negative", "write 0 for no limit")
	case c.Keep < 0:
		return bad("keep", strconv.Itoa(c.Keep)+" is negative", "write 0 for all")
	case c.Keep > 0 && !codes && c.MaxSize == 0:
		return bad("keep", "is set, but no file is ever finished", "set max_size, or rotation_interval and a path with codes of time")
	case c.CompressRotated != "" && !codes && c.MaxSize == 0:
		return bad("compress_rotated", "is set, but no file is ever finished", "set max_size, or rotation_interval and a path with codes of time")
	case c.Keep > 0 && codes && (isTemplate(c.Path) || strings.Contains(filepath.Dir(c.Path), "%")):
		return bad("keep", "cannot tell which files are old where the path holds values or its folder holds codes of time", "leave codes of time to the last part of path, or remove old files by other means")
	case c.Compression != "" && c.CompressRotated != "":
		return bad("compress_rotated", "would pack what compression has packed", "leave one of them out")
	case c.MaxOpenFiles < 0:
		return bad("max_open_files", strconv.Itoa(c.MaxOpenFiles)+" is negative", "write 1 or more")
	}
	return nil
}

// plain reports whether one Output does all that is asked for.
func (c *Config) plain() bool {
	return !isTemplate(c.Path) && c.MaxSize == 0 && c.Keep == 0 && c.Compression == "" && c.CompressRotated == ""
}

func octal(s string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(s, 8, 32)
	if err == nil && n > 0o777 {
		err = strconv.ErrRange
	}
	return fs.FileMode(n), err
}
