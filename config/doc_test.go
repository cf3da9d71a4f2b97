package config

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/heka-project/heka/plugin"
)

func docOf(t *testing.T, typ, option string) OptionDoc {
	t.Helper()
	info, ok := plugin.Lookup(typ)
	if !ok {
		t.Fatalf("no type %s", typ)
	}
	list := OptionDocs(info)
	for _, part := range strings.Split(option, ".") {
		i := 0
		for i < len(list) && list[i].Name != part {
			i++
		}
		if i == len(list) {
			t.Fatalf("%s has no doc of %s", typ, option)
		}
		if !strings.HasSuffix(option, part) {
			list = list[i].Options
			continue
		}
		d := list[i]
		d.typ, d.Options = nil, nil
		return d
	}
	panic("unreachable")
}

func TestOptionDocs(t *testing.T) {
	for _, tt := range []struct {
		typ, option string
		want        OptionDoc
	}{
		{"TcpInput", "address", OptionDoc{Name: "address", Type: "string", Doc: "Address to listen on.", Required: true}},
		{"TcpInput", "net", OptionDoc{Name: "net", Type: "string", Default: `"tcp"`, Enum: []string{"tcp", "tcp4", "tcp6", "unix"}, Doc: "Kind of network."}},
		{"TcpInput", "keep_alive_period", OptionDoc{Name: "keep_alive_period", Type: "duration", Default: `"0s"`, Unit: "seconds", Doc: "Time between two probes."}},
		{"TcpInput", "tls.cert_file", OptionDoc{Name: "cert_file", Type: "string", Doc: "PEM file of the certificate."}},
		{"HttpInput", "http_timeout", OptionDoc{Name: "http_timeout", Type: "duration", Default: "0", Unit: "milliseconds", Doc: "Longest wait."}},
		{"HttpInput", "percent_threshold", OptionDoc{Name: "percent_threshold", Type: "list of int", Default: "[90]", Doc: "Percentiles.", scalar: true}},
		{"HttpInput", "archive", OptionDoc{Name: "archive", Type: "list of list of int", Default: "[[0, 60, 1440], [0, 900, 8]]", Doc: "Archives."}},
		{"HttpInput", "headers", OptionDoc{Name: "headers", Type: "table of list of string", Doc: "Headers of the request."}},
		{"HttpInput", "command", OptionDoc{Name: "command", Type: "table of table", Doc: "Programs."}},
		{"HttpInput", "command.bin", OptionDoc{Name: "bin", Type: "string", Doc: "Program.", Required: true}},
		{"HttpInput", "password", OptionDoc{Name: "password", Type: "string", Doc: "Password.", Secret: true}},
		{"HttpInput", "only", OptionDoc{Name: "only", Type: "string", Doc: "What to keep."}},
		{"HttpInput", "limit", OptionDoc{Name: "limit", Type: "size", Default: `"1MiB"`, Doc: "Most bytes."}},
		{"HttpInput", "urls", OptionDoc{Name: "urls", Type: "list of string", Doc: "What to ask.", Aliases: []string{"url"}, scalar: true}},
		{"TokenSplitter", "delimiter", OptionDoc{Name: "delimiter", Type: "string", Default: `"\n"`, Doc: "Byte that ends a record."}},
		{"SandboxFilter", "config", OptionDoc{Name: "config", Type: "table of any", Doc: "What read_config gives."}},
	} {
		if got := docOf(t, tt.typ, tt.option); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s %s:\ngot  %+v\nwant %+v", tt.typ, tt.option, got, tt.want)
		}
	}
	if d := docOf(t, "HttpInput", "ticker_interval"); d.Default != `"10s"` || !d.Common || !d.Differs {
		t.Errorf("ticker_interval of HttpInput: %+v", d)
	}
	if d := docOf(t, "TcpOutput", "buffering.max_file_size"); d.Default != `"128MiB"` || !d.Differs {
		t.Errorf("buffering.max_file_size of TcpOutput: %+v", d)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not as wanted; got:\n%s", path, got)
	}
}

func TestHelpAndTables(t *testing.T) {
	in, _ := plugin.Lookup("HttpInput")
	out, _ := plugin.Lookup("TcpOutput")
	golden(t, "help.txt", HelpText(in))
	golden(t, "table.md", MarkdownOptions(in)+"\n"+MarkdownOptions(out))
	golden(t, "hekad.md", MarkdownTable(GlobalOptions()))
}

func TestRewriteOptions(t *testing.T) {
	enc, _ := plugin.Lookup("PayloadEncoder")
	tok, _ := plugin.Lookup("TokenSplitter")
	page := "# A\n<!-- options -->\nold\n<!-- /options -->\nrest\n"
	got, err := RewriteOptions(page, enc)
	if want := "# A\n<!-- options -->\nIt has no options of its own.\n<!-- /options -->\nrest\n"; err != nil || got != want {
		t.Errorf("one type: %q, %v", got, err)
	}
	if again, err := RewriteOptions(got, enc); err != nil || again != got {
		t.Errorf("a second time: %q, %v", again, err)
	}
	got, err = RewriteOptions(page, enc, tok)
	if err != nil || !strings.Contains(got, "\n**PayloadEncoder**\n") || !strings.Contains(got, "\n**TokenSplitter**\n\n| option |") {
		t.Errorf("two types, one pair: %q, %v", got, err)
	}
	got, err = RewriteOptions(page+page, enc, tok)
	if err != nil || strings.Contains(got, "**") || strings.Index(got, "no options") > strings.Index(got, "| option |") {
		t.Errorf("two types, two pairs: %q, %v", got, err)
	}
	for _, bad := range []string{"", "<!-- options -->", "<!-- /options --><!-- options -->", page + page + page} {
		if _, err := RewriteOptions(bad, enc, tok); err == nil {
			t.Errorf("RewriteOptions(%q) has no error", bad)
		}
	}
}

// TestSchema: what loads fits the schema, and what has a wrong option, kind or
// value does not.
func TestSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("heka.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("heka.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(name string) error {
		t.Helper()
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v map[string]any
		if err := toml.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		inst, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(inst)
	}
	good, _ := filepath.Glob("testdata/good/*.toml")
	for _, name := range good {
		if err := validate(name); err != nil {
			t.Errorf("%s does not fit: %v", name, err)
		}
	}
	for _, name := range []string{"option-misspelt", "option-in-subtable", "option-of-hekad", "type-unknown", "type-missing", "required-missing",
		"required-missing-in-map", "value-number-for-string", "value-string-for-bool", "value-string-in-list-of-int", "enum-unknown", "value-uint-negative"} {
		if err := validate("testdata/bad/" + name + ".toml"); err == nil {
			t.Errorf("%s fits the schema", name)
		}
	}
}

func TestReferencePages(t *testing.T) {
	pages := ReferencePages()
	golden(t, "TcpOutput.md", pages["TcpOutput.md"])
	golden(t, "plugins.md", pages["plugins.md"])
	for _, info := range plugin.All() {
		if !strings.Contains(pages["plugins.md"], "("+info.Name+".md)") || pages[info.Name+".md"] == "" {
			t.Errorf("%s has no page or no link", info.Name)
		}
	}
	for _, link := range []string{"hekad.md", "common-input.md", "common-splitter.md", "common-filter.md", "common-output.md"} {
		if pages[link] == "" {
			t.Errorf("%s is missing", link)
		}
	}
}
