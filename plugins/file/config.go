// Package file appends messages to files.
//
//	Selection ─ framed already: runs as they lie ──┐
//	          └ Encoding.AppendAll ─▶ buffer ──────┴▶ file.Write ─ cut short ─▶ rest, written first next time
//
// The goroutine that delivers owns the file. A delivery is answered once the
// operating system has all its bytes; what it did not take of a delivery is kept
// and written before anything else, so that no record is torn or doubled.
package file

import (
	_ "embed"
	"fmt"
	"io/fs"
	"strconv"
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
	Path             string        `toml:"path" required:"true" doc:"File to append to; with rotation_interval it may hold strftime codes such as %Y-%m-%d."`
	Perm             string        `toml:"perm" default:"644" doc:"Permissions of a new file, in octal."`
	FolderPerm       string        `toml:"folder_perm" default:"700" doc:"Permissions of new folders on the way to the file, in octal."`
	RotationInterval int           `toml:"rotation_interval" default:"0" doc:"Hours, counted from midnight, after which a new file name is made from path: 1, 4, 12 or 24; 0 for never."`
	FlushInterval    time.Duration `toml:"flush_interval" unit:"ms" default:"1s" doc:"Accepted for old configurations; every delivery is written at once, in writes as large as there is data."`
	FlushCount       int           `toml:"flush_count" default:"1" doc:"Accepted for old configurations, as flush_interval."`
	FlushOperator    string        `toml:"flush_operator" default:"AND" enum:"AND,OR" doc:"Accepted for old configurations, as flush_interval."`
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
	return nil
}

func octal(s string) (fs.FileMode, error) {
	n, err := strconv.ParseUint(s, 8, 32)
	if err == nil && n > 0o777 {
		err = strconv.ErrRange
	}
	return fs.FileMode(n), err
}
