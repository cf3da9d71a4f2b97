package config

import (
	"regexp"
	"slices"
	"strings"
)

// hidden stands where a secret would.
const hidden = `"…"`

var (
	secretWords = regexp.MustCompile(`(?i)pass|secret|token|key|credential|authorization|cookie`)
	openWords   = regexp.MustCompile(`(?i)(file|path|dir|keep_?alive(_\w+)?)$`)
	urlSecret   = regexp.MustCompile(`(://[^/@\s:"]*:)[^/@\s"]+@`)
)

// secretName reports whether an option of that name holds something that must
// not be shown. Files that hold secrets may be named.
func secretName(name string) bool {
	return secretWords.MatchString(name) && !openWords.MatchString(name)
}

// canonicalText is one line per option, in order.
func canonicalText(lines []line) string {
	slices.SortStableFunc(lines, func(a, b line) int { return strings.Compare(a.path, b.path) })
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.path)
		b.WriteString(" = ")
		b.WriteString(l.value)
		b.WriteByte('\n')
	}
	return b.String()
}

// Redacted is Text with secrets hidden, for people to read.
func (s *Section) Redacted() string {
	lines := strings.Split(s.Text, "\n")
	for i, l := range lines {
		lines[i] = redacted(l)
	}
	return strings.Join(lines, "\n")
}

// redacted is one line of a Text with its secret hidden.
func redacted(l string) string {
	path, value, ok := strings.Cut(l, " = ")
	if !ok {
		return l
	}
	last := path
	if !strings.HasSuffix(path, `"`) {
		last = path[strings.LastIndexByte(path, '.')+1:]
	}
	if secretName(last) || secretParent(path) {
		if value != `""` && value != "[]" && value != "{}" {
			return path + " = " + hidden
		}
		return l
	}
	return path + " = " + urlSecret.ReplaceAllString(value, "${1}…@")
}

// secretParent reports whether the table or list around an option is secret as a
// whole.
func secretParent(path string) bool {
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		if secretName(p) {
			return true
		}
	}
	return false
}

// keyText writes a table's key as TOML does.
func keyText(k string) string {
	if bareKey.MatchString(k) {
		return k
	}
	return quote(k)
}
