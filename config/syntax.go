package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// Lines at which reading may go on after a mistake.
var (
	headerLine = regexp.MustCompile(`^[ \t]*\[{1,2}[ \t]*[A-Za-z_"'][^\[\]=]*\]{1,2}[ \t]*(#.*)?\r?$`)
	optionLine = regexp.MustCompile(`^[ \t]*[A-Za-z0-9_."'-]+[ \t]*=`)
)

// syntaxAdvice turns the parser's words into house words and a cure. The first
// entry that fits is taken; open ones are reported where the value
// begins, since its end is what is missing.
var syntaxAdvice = []struct {
	text, what, fix string
	open            bool
}{
	{"strings must be quoted", "the value is not a number", `put text between double quotes: "10s"`, true},
	{"unexpected character U+000A", "the value is missing", "write one behind the =", true},
	{"unexpected character U+000D", "the value is missing", "write one behind the =", true},
	{"unexpected character", "this is not a value", `write text between double quotes, or a number, true, false, a list [a, b] or a table {a = b}`, false},
	{"expected keyword", "this is not a value", `write true, false, or text between double quotes`, false},
	{"expected value, not end", "the value is missing", "write one behind the =", true},
	{"expected value but got", "there is a comma too many", "write one comma between two values", false},
	{"unexpected comma in inline", "there is a comma too many", "write one comma between two options", false},
	{"unterminated basic string", "the string has no end", `close it with "`, true},
	{"basic strings cannot have new", "the string has no end on its line", `close it with ", or write """ around text of several lines`, true},
	{"unterminated literal string", "the string has no end", `close it with '`, true},
	{"literal strings cannot have new", "the string has no end on its line", `close it with ', or write ''' around text of several lines`, true},
	{"multiline basic string not", "the string has no end", `close it with """`, true},
	{"multiline literal string not", "the string has no end", `close it with '''`, true},
	{"invalid escape character", "the string has a backslash that means nothing", `write \\ for a backslash, or put the text between single quotes, where backslashes stay`, false},
	{"invalid hexadecimal", `the string has a \u or \x without its digits`, `write them, or \\ for a backslash`, false},
	{"unicode escape", `the string has a \u that is too short`, `write four hexadecimal digits, or \\ for a backslash`, false},
	{"escape sequence is not", `the string has a \u that is no character`, "write the character itself", false},
	{"array is incomplete", "the list has no end", "close it with ]", true},
	{"expected ',' or ']'", "the list goes on without a comma", "write , between two values, or ] at the end", false},
	{"inline table is incomplete", "the table has no end", "close it with }", true},
	{"expected ',' or '}'", "the table goes on without a comma", "write , between two options, or } at the end", false},
	{"expected ']' to close", "the section's name has no end", "close it with ]; dots and other special characters need quotes", false},
	{"expected ']]' to close", "the section's name has no end", "close it with ]]", false},
	{"expected '=' after key", "there is no = behind the name", `write name = value; text of several lines needs """ around it`, false},
	{"expected newline but got", "something follows the value", "write each option on a line of its own, comments behind #", false},
	{"invalid character at start of key", "a name may not begin with this character", "write name = value, [section] or # comment", false},
	{"expected key but", "the name is missing", "write name = value", true},
	{"integers cannot have leading", "the number begins with 0", `leave the 0 out, or put it between double quotes if it is text`, false},
	{"decimal point must", "the number has no digit behind its point", "write one, such as 0.5", false},
	{"exponent must", "the number has no digit behind its e", "write one, such as 1e6", false},
	{"number must have", "the number has an underscore in a wrong place", "leave the underscore out", false},
	{"invalid UTF-8", "the file is not UTF-8 here", "save it as UTF-8", false},
	{"carriage return", "a carriage return stands alone here", "end lines with a newline", false},
	{"literal strings cannot have control", "the string has a control character", `write it as an escape between double quotes: "\t"`, false},
	{"basic strings cannot have control", "the string has a control character", `write it as an escape: "\u0000"`, false},
	{"comments", "the comment has a control character", "remove it", false},
	{"arrays and inline tables are nested", "lists or tables are nested too deeply", "this cannot be an option", false},
}

// syntaxError tells a mistake and returns the offset at which to go on.
func (t *treeBuilder) syntaxError(bad *unstable.ParserError) int {
	text := t.src.text
	off := cap(text) - cap(bad.Highlight)
	start := min(skipTrivia(text, t.done, "]"), off) // of the expression that is wrong
	what, fix, open := bad.Message, "see https://toml.io for how to write it", false
	for _, a := range syntaxAdvice {
		if strings.Contains(bad.Message, a.text) {
			what, fix, open = a.what, a.fix, a.open
			break
		}
	}
	where := min(off, len(text)-1)
	fix = strings.Replace(fix, `\u0000`, fmt.Sprintf(`\u%04x`, text[where]), 1) // the character that is there
	if strings.HasPrefix(bad.Message, "expected ',' or") && t.nextLine(start, off) {
		what, fix, open = "the list has no end", "close it with ]", true
		if strings.Contains(bad.Message, "'}'") {
			what, fix = "the table has no end", "close it with }"
		}
	}
	if open {
		where = valueStart(text, start, where)
	}
	if word := t.word(start, off); word != "" && bareWord(bad.Message) {
		where = valueStart(text, start, where)
		what, fix = word+" is not a value", "write "+quote(word)+" if it is text"
		if yes, isBool := boolWords[strings.ToLower(word)]; isBool {
			fix = "write " + yes + ", or " + quote(word) + " if it is text"
		}
	}
	section := ""
	switch {
	case start < len(text) && text[start] == '[':
		t.at = nil // what follows belongs to a section that nobody knows
	case t.at != nil:
		section = t.at.path
		t.at.torn = true
	}
	t.complain(t.src.pos(where), section, what, fix)
	return t.resume(start, off)
}

var boolWords = map[string]string{
	"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false",
}

// bareWord reports whether a complaint of the parser may come of text without
// quotes.
func bareWord(message string) bool {
	for _, m := range []string{"unexpected character", "strings must be quoted", "expected keyword", "expected newline but got", "decimal point", "leading zeroes"} {
		if strings.Contains(message, m) {
			return true
		}
	}
	return false
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:/@*%+-]*$`)

// word is the value of the wrong expression when that is one word without
// quotes with the mistake in it; "" for anything else, and for secrets.
func (t *treeBuilder) word(start, off int) string {
	text := t.src.text
	v := valueStart(text, start, off)
	if v == start || secretName(string(text[start:v])) {
		return ""
	}
	line := text[v:max(v, lineEnd(text, v))]
	if i := bytes.IndexAny(line, " \t\r,]}#"); i >= 0 {
		line = line[:i]
	}
	if off < v || off >= v+len(line) || !plainWord.Match(line) {
		return ""
	}
	return string(line)
}

// nextLine reports whether off lies on a line below start that begins a new
// option or section, so that what came before was not closed.
func (t *treeBuilder) nextLine(start, off int) bool {
	text := t.src.text
	if off >= len(text) {
		return false
	}
	at := bytes.LastIndexByte(text[:off+1], '\n') + 1
	line := text[at:lineEnd(text, at)]
	return at > start && (headerLine.Match(line) || optionLine.Match(line))
}

// valueStart finds where the value of the expression at start begins, when that
// is before off.
func valueStart(text []byte, start, off int) int {
	eq := bytes.IndexByte(text[min(start, len(text)):], '=')
	if eq < 0 || start+eq >= off {
		return min(start, off)
	}
	v := start + eq + 1
	for v < off && (text[v] == ' ' || text[v] == '\t') {
		v++
	}
	return v
}

// resume finds the line at which reading goes on: the next section, or the next
// option where the mistake cannot reach further than its line.
func (t *treeBuilder) resume(start, off int) int {
	text := t.src.text
	first := lineEnd(text, start)
	oneLine := off <= first && !bytes.Contains(text[min(start, len(text)):first], []byte(`"""`)) &&
		!bytes.Contains(text[min(start, len(text)):first], []byte(`'''`))
	at := first + 1
	if off < len(text) {
		at = max(at, bytes.LastIndexByte(text[:off+1], '\n')+1)
	}
	for at < len(text) {
		end := lineEnd(text, at)
		line := text[at:end]
		if headerLine.Match(line) || oneLine && optionLine.Match(line) {
			t.done = at
			return at
		}
		at = end + 1
	}
	return len(text)
}

// lineEnd is the offset of the newline that ends the line of off.
func lineEnd(text []byte, off int) int {
	if off >= len(text) {
		return len(text)
	}
	if i := bytes.IndexByte(text[off:], '\n'); i >= 0 {
		return off + i
	}
	return len(text)
}
