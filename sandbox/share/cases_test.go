package share_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A testCase is one subject and what becomes of it.
type testCase struct {
	line    int
	subject string
	want    string
}

// caseFile is a file of testdata: blocks that begin with an expression after "= ",
// and their cases: a subject after "> " (more such lines are more lines of it; \r, \t
// and \0 stand for those characters, \\ for one backslash) and the JSON it becomes,
// one or more lines.
type caseFile struct {
	blocks []caseBlock
}

type caseBlock struct {
	comment []string
	expr    string
	cases   []testCase
}

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r", `\t`, "\t", `\0`, "\x00")
var escape = strings.NewReplacer(`\`, `\\`, "\r", `\r`, "\t", `\t`, "\x00", `\0`)

func readCases(t *testing.T, name string) *caseFile {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := &caseFile{}
	var comment []string
	var subject []string
	more := false // results go on
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			comment = append(comment, line)
		case strings.HasPrefix(line, "= "):
			f.blocks = append(f.blocks, caseBlock{comment: comment, expr: line[2:]})
			comment = nil
		case strings.HasPrefix(line, ">"):
			if len(f.blocks) == 0 {
				t.Fatalf("%s:%d: a subject before an expression", name, i+1)
			}
			if subject == nil {
				b := &f.blocks[len(f.blocks)-1]
				b.cases = append(b.cases, testCase{line: i + 1})
			}
			more = false
			subject = append(subject, unescape.Replace(strings.TrimPrefix(strings.TrimPrefix(line, ">"), " ")))
			b := &f.blocks[len(f.blocks)-1]
			b.cases[len(b.cases)-1].subject = strings.Join(subject, "\n")
			continue
		case line != "" && (subject != nil || more):
			b := &f.blocks[len(f.blocks)-1]
			c := &b.cases[len(b.cases)-1]
			c.want = strings.TrimPrefix(c.want+"\n"+line, "\n")
			subject, more = nil, true
			continue
		case line != "":
			t.Fatalf("%s:%d: this is neither of # = > nor a result", name, i+1)
		}
		subject, more = nil, false
	}
	return f
}

func (f *caseFile) write(name string) error {
	var b strings.Builder
	for i, block := range f.blocks {
		if i > 0 {
			b.WriteString("\n")
		}
		for _, c := range block.comment {
			b.WriteString(c + "\n")
		}
		fmt.Fprintf(&b, "= %s\n", block.expr)
		for _, c := range block.cases {
			b.WriteString("\n")
			for _, line := range strings.Split(c.subject, "\n") {
				if line != "" {
					line = " " + escape.Replace(line)
				}
				b.WriteString(">" + line + "\n")
			}
			b.WriteString(c.want + "\n")
		}
	}
	return os.WriteFile(name, []byte(b.String()), 0o644)
}
