package share_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
)

// TestReadersReadLikeGrammars: a reader of a format finds in a line what the grammar of
// the format finds, in every case of the grammars; also after another line.
func TestReadersReadLikeGrammars(t *testing.T) {
	const script = `
		local clf = require "common_log_format"
		local build = {nginx = clf.build_nginx_grammar, apache = clf.build_apache_grammar}
		local reader = {nginx = clf.nginx_reader, apache = clf.apache_reader}
		function open(server, format)
			g = build[server](format)
			read, msg = reader[server](format)
		end
		function by_grammar(line)
			local fields = g:match(line)
			if not fields then return nil end
			local time = fields.time
			fields.time = nil
			return {Timestamp = time, Fields = fields}
		end
		function by_reader(line)
			if not read(line) then return nil end
			return {Timestamp = msg.Timestamp, Fields = msg.Fields}
		end`
	compared := 0
	for _, server := range []string{"nginx", "apache"} {
		f := readCases(t, filepath.Join("testdata", "grammar", server+".txt"))
		formats := []string{
			strings.Repeat("%h ", 10) + strings.Repeat("%{X}i ", 20) + "%s", // more values than a reader takes
			"%l %u %h %a", "%a %h", // later ones win
		}
		lines := []string{strings.Repeat("h1 ", 10) + strings.Repeat("v ", 20) + "200", "a b 192.0.2.7 web1", "192.0.2.7 web1"}
		if server == "nginx" {
			formats = []string{strings.Repeat("$remote_addr ", 3) + strings.Repeat("$uri ", 30), "$host $http_host $host", "no variable", `$bytes_sent "$bytes_sent"`}
			lines = []string{"a b c " + strings.Repeat("u ", 30), "a b c", "no variable", `7 "8"`}
		}
		for _, block := range f.blocks {
			_, format, ok := strings.Cut(block.expr, "build_"+server+"_grammar(")
			if !ok || strings.HasPrefix(block.expr, "function") {
				continue
			}
			vm := newVM()
			if err := vm.Do("=format", "format = "+strings.TrimSuffix(format, ")")); err != nil {
				t.Fatal(err)
			}
			text, _ := vm.Global("format").ToString()
			formats = append(formats, text)
			for _, c := range block.cases {
				lines = append(lines, c.subject)
			}
		}
		for _, format := range formats {
			vm := newVM()
			if err := vm.Do("=readers", script); err != nil {
				t.Fatal(err)
			}
			if _, err := vm.Call(vm.Global("open"), lua.String(server), lua.String(format)); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			for _, line := range lines {
				want := call(t, vm, "by_grammar", line)
				if got := call(t, vm, "by_reader", line); got != want {
					t.Errorf("%s\n%s\nreader  %s\ngrammar %s", format, line, got, want)
				} else if got != "null" {
					compared++
				}
			}
		}
	}
	if compared < 60 {
		t.Errorf("only %d lines were read", compared)
	}
}

func call(t *testing.T, vm *lua.VM, name, line string) string {
	t.Helper()
	res, err := vm.Call(vm.Global(name), lua.String(line))
	if err != nil {
		t.Fatalf("%s(%q): %v", name, line, err)
	}
	return toJSON(t, res[0])
}
