package journald

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// Config holds the options of JournaldInput.
type Config struct {
	Units       []string `toml:"units" doc:"Units whose entries are read, such as ssh.service, patterns too; default: all."`
	Identifiers []string `toml:"identifiers" doc:"Syslog identifiers whose entries are read; default: all."`
	Matches     []string `toml:"matches" doc:"Fields that entries must have, as FIELD=value; several of one field are alternatives, and + stands between two groups."`
	Priority    string   `toml:"priority" doc:"Lowest priority read, by name or number, such as warning or 4, or a range such as err..warning; default: all."`
	ThisBoot    bool     `toml:"this_boot" default:"false" doc:"Read only what was logged since the machine was started."`
	InitialTail bool     `toml:"initial_tail" default:"false" doc:"Begin at the end of the journal where no position is saved, not at its beginning."`
	Directory   string   `toml:"directory" doc:"Folder with journal files to read, instead of the machine's own."`
	Files       []string `toml:"files" doc:"Journal files to read, patterns too, instead of the machine's own."`
	Namespace   string   `toml:"namespace" doc:"Journal namespace to read, * for all; default: the default one."`
	Fields      []string `toml:"fields" doc:"Journal fields to keep beside those that become headers; default: all."`
	Journalctl  string   `toml:"journalctl" default:"journalctl" doc:"Program that reads the journal."`
}

var priorities = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}

// Validate checks what shows without the journal.
func (c Config) Validate() error {
	bad := func(option, what, fix string) error {
		return &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	for _, s := range []struct {
		option string
		list   []string
	}{{"units", c.Units}, {"identifiers", c.Identifiers}, {"files", c.Files}, {"fields", c.Fields}} {
		for _, text := range s.list {
			if text == "" || strings.ContainsRune(text, 0) {
				return bad(s.option, fmt.Sprintf("%q is no name", text), "correct it")
			}
		}
	}
	for _, m := range c.Matches {
		name, _, ok := strings.Cut(m, "=")
		if m != "+" && (!ok || !fieldName(name) || strings.ContainsRune(m, 0)) {
			return bad("matches", fmt.Sprintf("%.60q is not of the form FIELD=value", m), `write it as "_TRANSPORT=kernel"`)
		}
	}
	if c.Priority != "" {
		for _, p := range strings.SplitN(c.Priority, "..", 2) {
			if !isPriority(p) {
				return bad("priority", fmt.Sprintf("%.40q is unknown", c.Priority), "use "+strings.Join(priorities, ", ")+", 0 to 7, or two of them with .. between")
			}
		}
	}
	switch {
	case c.Journalctl == "":
		return bad("journalctl", "is empty", `write "journalctl", or a path`)
	case c.Directory != "" && len(c.Files) > 0:
		return bad("files", "and directory are both given", "leave one out")
	}
	return nil
}

func isPriority(s string) bool {
	if n, err := strconv.Atoi(s); err == nil {
		return n >= 0 && n <= 7
	}
	for _, p := range priorities {
		if s == p {
			return true
		}
	}
	return false
}

// fieldName reports whether s may be the name of a journal field.
func fieldName(s string) bool {
	if s == "" || len(s) > 64 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, c := range []byte(s) {
		if c != '_' && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// args are those of journalctl. cursor is where to go on, "" for none.
func (c Config) args(cursor string) []string {
	list := []string{"--output=export", "--all", "--follow", "--quiet", "--no-pager"}
	switch {
	case cursor != "":
		list = append(list, "--no-tail", "--after-cursor="+cursor)
	case c.InitialTail:
		list = append(list, "--lines=0")
	default:
		list = append(list, "--no-tail")
	}
	if c.ThisBoot {
		list = append(list, "--boot")
	}
	if c.Priority != "" {
		list = append(list, "--priority="+c.Priority)
	}
	if c.Directory != "" {
		list = append(list, "--directory="+c.Directory)
	}
	if c.Namespace != "" {
		list = append(list, "--namespace="+c.Namespace)
	}
	for _, s := range []struct {
		flag string
		list []string
	}{{"--file=", c.Files}, {"--unit=", c.Units}, {"--identifier=", c.Identifiers}} {
		for _, v := range s.list {
			list = append(list, s.flag+v)
		}
	}
	return append(append(list, "--"), c.Matches...)
}
