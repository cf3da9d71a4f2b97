package config

import (
	"fmt"
	"strings"
)

// Pos is a place in a file. Line and Col count from 1; zero values are unknown.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Error is one complaint about a configuration.
type Error struct {
	Pos     Pos
	Section string // without brackets; "" outside any
	What    string // what is wrong, with the value as written
	Fix     string // what to write instead; "" where only the plugin could know
}

func (e *Error) Error() string {
	text := e.What
	if e.Section != "" {
		text = "[" + e.Section + "] " + text
	}
	if where := e.Pos.String(); where != "" {
		text = where + ": " + text
	}
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// Errors are all complaints about a configuration, in the order of the files.
type Errors []*Error

func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}
