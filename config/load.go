package config

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say how a configuration is read. The zero value is right for a daemon.
type Options struct {
	// Env finds environment variables; nil for those of the process.
	Env func(name string) (string, bool)
	// Foreign tells of plugin types that need not be registered: their sections
	// are taken unread, and names of theirs are good references. For tools that
	// have only some of the plugins.
	Foreign func(typ string) bool
}

// maxFileSize is the largest configuration file, in bytes.
const maxFileSize = 16 << 20

// Load reads a file, or every *.toml of a directory in alphabetical order, where
// a section replaces one of the same name in an earlier file. The error is
// Errors: all complaints, in the order of the files.
func Load(path string, opt Options) (*Plan, error) {
	sources, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(sources, opt)
}

// LoadGlobals reads the [hekad] section alone, for tools that ask a running
// daemon: it may run with an older and sounder configuration than the file is
// now, and with an environment of its own. Mistakes are told only of what says
// where the daemon answers, and where there is no [hekad] because of them.
func LoadGlobals(path string, opt Options) (*Globals, error) {
	sources, err := read(path)
	if err != nil {
		return nil, err
	}
	l := newLoader(opt)
	tops := l.merge(sources)
	torn := len(l.errs) > 0 && !slices.ContainsFunc(tops, func(t top) bool { return t.name == "hekad" && !t.node.torn })
	d := l.globals(tops)
	g := &l.plan.Globals
	said := []string{"base_dir", "admin_socket"}
	if g.Socket() == "" {
		said = append(said, "admin_address", "admin_token")
	}
	if torn || slices.ContainsFunc(said, func(option string) bool { return d.wrong[option] }) {
		l.sort(l.errs)
		return nil, l.errs
	}
	return g, nil
}

// read reads the files of a configuration.
func read(path string) ([]Source, error) {
	names, err := files(path)
	if err != nil {
		return nil, Errors{unreadable(path, err)}
	}
	if len(names) == 0 {
		return nil, Errors{{Pos: Pos{File: path}, What: "the directory has no *.toml file", Fix: "put one there, or name another directory or file"}}
	}
	var sources []Source
	var errs Errors
	for _, name := range names {
		text, err := readFile(name)
		if err != nil {
			errs = append(errs, unreadable(name, err))
			continue
		}
		if len(names) > 1 && isTests(name, text) {
			continue
		}
		sources = append(sources, Source{Name: name, Text: text})
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return sources, nil
}

func files(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil || !st.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries { // ReadDir sorts
		name := e.Name()
		if !strings.HasSuffix(name, ".toml") || strings.HasPrefix(name, ".") {
			continue
		}
		full := filepath.Join(path, name)
		if st, err := os.Stat(full); err == nil && st.IsDir() {
			continue
		}
		names = append(names, full)
	}
	return names, nil
}

// isTests reports whether a file holds tests of the configuration that it lies
// beside, and no part of it.
func isTests(name, text string) bool {
	return strings.HasSuffix(name, "_test.toml") && strings.Contains("\n"+text, "\n[[test]]")
}

func readFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if err == nil && len(b) > maxFileSize {
		err = fmt.Errorf("larger than %d bytes", maxFileSize)
	}
	return string(b), err
}

func unreadable(path string, err error) *Error {
	cause := err
	if pe, ok := err.(*os.PathError); ok {
		cause = pe.Err
	}
	return &Error{Pos: Pos{File: path}, What: "cannot be read: " + cause.Error(), Fix: "check the path and its permissions"}
}

// loader turns sources into a plan.
type loader struct {
	opt      Options
	plan     Plan
	order    map[string]int // of files, by name
	errs     Errors
	warnings Errors
	drafts   []*draft
	byName   map[string]*draft // the same; names are unique over all kinds
	foreign  map[string]bool   // names of sections that are taken unread
	named    map[string]bool   // names of all sections, sound or not

	globalsSound bool // [hekad] can be relied on
}

func newLoader(opt Options) *loader {
	if opt.Env == nil {
		opt.Env = os.LookupEnv
	}
	return &loader{opt: opt, order: map[string]int{}, foreign: map[string]bool{}, named: map[string]bool{}}
}

// Parse makes a plan of files that are already read. The error is as with Load.
func Parse(files []Source, opt Options) (*Plan, error) {
	l := newLoader(opt)
	tops := l.merge(files)
	l.globals(tops)
	l.sections(tops)
	if len(l.errs) == 0 && len(l.named) == 0 {
		l.complain(Pos{File: firstName(files)}, "", "no plugin is configured",
			"add sections, such as [TcpInput] with address and [LogOutput] with message_matcher and encoder")
	}
	l.addAlwaysThere()
	l.resolve()
	if len(l.errs) > 0 {
		l.sort(l.errs)
		return nil, l.errs
	}
	l.sort(l.warnings)
	l.finish()
	return &l.plan, nil
}

func firstName(files []Source) string {
	if len(files) == 0 {
		return ""
	}
	return files[0].Name
}

// maxErrors is how many complaints are kept; a file that needs more is something
// else than a configuration.
const maxErrors = 1000

func (l *loader) complain(pos Pos, section, what, fix string) {
	if len(l.errs) >= maxErrors {
		return
	}
	l.errs = append(l.errs, &Error{Pos: pos, Section: section, What: what, Fix: fix})
}

func (l *loader) warn(pos Pos, section, what, fix string) {
	l.warnings = append(l.warnings, &Error{Pos: pos, Section: section, What: what, Fix: fix})
}

func (l *loader) sort(list Errors) {
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(l.order[a.Pos.File], l.order[b.Pos.File]), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col))
	})
}

// top is a section of the merged configuration.
type top struct {
	name string
	node *node
}

// merge reads all files; a later section takes the place of an earlier one.
func (l *loader) merge(files []Source) []top {
	var tops []top
	seen := map[string]bool{}
	for i, f := range files {
		l.order[f.Name] = i
		l.plan.Files = append(l.plan.Files, f.Name)
		src := newSource(f)
		src.expandBare(l.opt.Env)
		root := buildTree(src, l.complain)
		expandStrings(root, l.opt.Env, l.complain, "")
		for _, k := range root.keys {
			n := root.kids[k]
			if n.kind != tableNode {
				l.notASection(k, n)
				continue
			}
			if seen[k] {
				tops = slices.DeleteFunc(tops, func(t top) bool { return t.name == k })
			}
			seen[k] = true
			tops = append(tops, top{k, n})
		}
	}
	return tops
}

func (l *loader) notASection(name string, n *node) {
	switch {
	case n.kind == listNode && n.tables:
		l.complain(n.keyPos(), name, "is given with two brackets", "write ["+keyText(name)+"]; several plugins of one type need sections of different names")
	case n.bad:
	default:
		l.complain(n.keyPos(), "", fmt.Sprintf("%q stands outside any section", name), "put it below the header of the section that it belongs to")
	}
}
