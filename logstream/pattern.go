// Package logstream turns the files of rotated logs into streams that read from
// the oldest byte to the newest and go on where they were left: through
// renaming, truncation, compression and restarts.
//
//	Pattern ──Scan──▶ Listing{Stream{File, File, …}} ──▶ Watcher ──▶ Follower ──▶ bytes
//	(what belongs together, in which order)         (notices change) (one stream)  + Position
//
// A file is known by its identity (device and inode) while it is open or listed,
// and by its content over a restart: a Position holds the hash of the 500 bytes
// before it, so a file is found again under any name, also compressed.
//
// The package reads the files it is pointed at and writes positions when asked;
// it starts no goroutine.
//
// A position file is one JSON object. The first three keys are the original
// Heka's, which reads these files too; the others are left out where unknown:
//
//	seek       bytes of content before the position (uncompressed)
//	file_name  path of the file when the position was taken
//	last_hash  SHA-1 in hex of the 500 bytes before it, zeros in front of fewer
//	device, inode   the file's identity
//	late       the same five of files before it that may still get lines
package logstream

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config says which files make up which streams.
type Config struct {
	Name           string                    // stream name when Differentiator is empty
	Directory      string                    // all files lie below it
	FileMatch      string                    // regular expression on the path below Directory; its end is anchored
	Priority       []string                  // group names, oldest file first; "^Name" reverses
	Differentiator []string                  // group names and literals that make the stream's name
	Translation    map[string]map[string]int // order of a group's texts; "missing" for an absent group
	Oldest         time.Duration             // files not written for longer are passed over; 0: none
	InitialTail    bool                      // a stream without a position starts at its end; Explain says so
}

// ConfigError is a complaint about one field of a Config.
type ConfigError struct {
	Option string // as in LogstreamerInput: file_match, priority …
	What   string
	Fix    string
}

func (e *ConfigError) Error() string { return e.Option + ": " + e.What + "; " + e.Fix }

// Pattern is a checked Config. Safe for any number of goroutines.
type Pattern struct {
	cfg    Config
	dir    string
	re     *regexp.Regexp
	order  []orderBy
	groups map[string]int                       // name to index of the group
	maps   map[string]map[string]int            // translations, texts in lower case
	alone  map[string]bool                      // groups whose translation only says what missing means
	names  []func(match []string) (part string) // the differentiator
}

type orderBy struct {
	group   string
	index   int
	reverse bool
}

const missing = "missing"

// Compile checks c. The error is a *ConfigError.
func Compile(c Config) (*Pattern, error) {
	if c.FileMatch == "" {
		return nil, &ConfigError{"file_match", "is empty", `give a regular expression such as 'access\.log'`}
	}
	re, err := regexp.Compile("(?:" + c.FileMatch + ")$")
	if err != nil {
		return nil, &ConfigError{"file_match", fmt.Sprintf("%q is not a regular expression: %v", c.FileMatch, err), "correct it (RE2 syntax)"}
	}
	dir, err := filepath.Abs(c.Directory)
	if err != nil {
		return nil, &ConfigError{"log_directory", err.Error(), "give an absolute path"}
	}
	p := &Pattern{cfg: c, dir: dir, re: re, groups: map[string]int{}, maps: map[string]map[string]int{}, alone: map[string]bool{}}
	for i, n := range re.SubexpNames() {
		if n == "" {
			continue
		}
		if _, twice := p.groups[n]; twice {
			return nil, &ConfigError{"file_match", fmt.Sprintf("names group %q twice", n), "give each group its own name"}
		}
		p.groups[n] = i
	}
	for _, name := range c.Priority {
		group, reverse := strings.CutPrefix(name, "^")
		i, ok := p.groups[group]
		if !ok {
			return nil, &ConfigError{"priority", fmt.Sprintf("%q is not a group of file_match", group), "name one of: " + p.groupList()}
		}
		p.order = append(p.order, orderBy{group, i, reverse})
	}
	if err := p.translations(); err != nil {
		return nil, err
	}
	for _, part := range c.Differentiator {
		if i, ok := p.groups[part]; ok {
			p.names = append(p.names, func(m []string) string { return m[i] })
		} else {
			p.names = append(p.names, func([]string) string { return part })
		}
	}
	return p, nil
}

func (p *Pattern) groupList() string {
	list := make([]string, 0, len(p.groups))
	for n := range p.groups {
		list = append(list, n)
	}
	slices.Sort(list)
	if len(list) == 0 {
		return "none (write groups as (?P<Name>…))"
	}
	return strings.Join(list, ", ")
}

func (p *Pattern) translations() error {
	p.maps["MonthName"], p.maps["DayName"] = months, days
	for group, table := range p.cfg.Translation {
		if _, ok := p.groups[group]; !ok {
			return &ConfigError{"translation." + group, "is not a group of file_match", "name one of: " + p.groupList()}
		}
		lower := make(map[string]int, len(table))
		for text, n := range table {
			lower[strings.ToLower(text)] = n
		}
		_, ok := lower[missing]
		if len(lower) == 0 || len(lower) == 1 && !ok {
			return &ConfigError{"translation." + group, "holds fewer than two texts", `list all texts of the group, or only "missing"`}
		}
		if len(lower) == 1 {
			p.alone[group] = true
		}
		p.maps[group] = lower
	}
	return nil
}

// rank is the place of one group's text in the order of files.
type rank struct {
	n    int64
	text string // breaks ties: texts without a number, and numbers beyond int64
}

func (r rank) compare(o rank) int {
	if c := cmp.Compare(r.n, o.n); c != 0 {
		return c
	}
	if r.n == math.MaxInt64 {
		if c := cmp.Compare(len(r.text), len(o.text)); c != 0 {
			return c
		}
	}
	return cmp.Compare(r.text, o.text)
}

// rank translates the text of a group. The error says that a translation has no
// such text.
func (p *Pattern) rank(group, text string) (rank, error) {
	table, lower := p.maps[group], strings.ToLower(text)
	if text == "" {
		if n, ok := table[missing]; ok {
			return rank{n: int64(n)}, nil
		}
		return rank{n: -1}, nil
	}
	if table != nil && !p.alone[group] {
		if n, ok := table[lower]; ok {
			return rank{n: int64(n)}, nil
		}
	}
	if strings.Trim(text, "0123456789") == "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return rank{math.MaxInt64, strings.TrimLeft(text, "0")}, nil
		}
		return rank{n: n}, nil
	}
	if table != nil && !p.alone[group] {
		return rank{}, fmt.Errorf("translation of group %q has no %q; add it", group, text)
	}
	return rank{-1, text}, nil
}

var months = map[string]int{
	"january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5,
	"june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sep": 9, "sept": 9,
	"october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}

var days = map[string]int{
	"monday": 1, "mon": 1, "tuesday": 2, "tue": 2, "wednesday": 3, "wed": 3, "thursday": 4, "thu": 4,
	"friday": 5, "fri": 5, "saturday": 6, "sat": 6, "sunday": 7, "sun": 7,
}
