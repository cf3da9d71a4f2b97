package config

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/plugin"
)

func one(text, impose string) (*Section, error) {
	g := Globals{MaxMessageSize: 64 << 10, Journal: true, Hostname: "h"}
	return One(Source{Name: "config", Text: text}, OneOptions{Kind: plugin.KindFilter, Impose: impose, Globals: &g})
}

func TestOneTakesTheFirstSectionAndWhatIsImposed(t *testing.T) {
	s, err := one(`
[first]
type = "CounterFilter"
message_matcher = "Type == 'a'"
ticker_interval = 5

[second]
type = "NoSuchThing"
`, "ticker_interval = 7\ncan_exit = true\n")
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "first" || s.Route.Ticker.Seconds() != 7 || !s.Route.CanExit || s.Route.Matcher != "Type == 'a'" {
		t.Errorf("One = %s %+v", s.Name, s.Route)
	}
	if !strings.Contains(s.Text, `ticker_interval = "7s"`) {
		t.Errorf("Text does not tell what is imposed:\n%s", s.Text)
	}
}

func TestOneRefuses(t *testing.T) {
	t.Setenv("HEKA_TEST_SECRET", "xyzzy")
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "holds no section"},
		{"no section", "a = 1", "outside any section"},
		{"the daemon's own", "[hekad]\nmaxprocs = 1", "not a plugin"},
		{"another kind", "[x]\ntype = \"FileOutput\"\nmessage_matcher = \"TRUE\"", "is of type FileOutput"},
		{"no type", "[x]\nmessage_matcher = \"TRUE\"", "has no type"},
		{"an unknown type", "[x]\ntype = \"GoneFilter\"\nmessage_matcher = \"TRUE\"", "GoneFilter"},
		{"a bad matcher", "[x]\ntype = \"CounterFilter\"\nmessage_matcher = \"Type ==\"", "message_matcher"},
		{"an unknown option", "[x]\ntype = \"CounterFilter\"\nmessage_matcher = \"TRUE\"\nfoo = 1", `no option "foo"`},
		{"the environment", "[x]\ntype = \"CounterFilter\"\nmessage_matcher = \"Type == '%ENV[HEKA_TEST_SECRET]'\"", "config:3:29: [x] %ENV[HEKA_TEST_SECRET] is not allowed in a section that is loaded at run time"},
		{"the environment outside a string", "[x]\ntype = \"CounterFilter\"\nticker_interval = %ENV[HEKA_TEST_SECRET]", "%ENV[HEKA_TEST_SECRET] is not allowed in a section that is loaded at run time"},
		{"the environment with a default", "[x]\ntype = \"CounterFilter\"\nmessage_matcher = \"%ENV[HEKA_TEST_SECRET:-TRUE]\"", "write the value itself"},
		{"two brackets", "[[x]]\ntype = \"CounterFilter\"", "two brackets"},
		{"broken TOML", "[x\ntype = ", "end"},
		{"the same table twice", "[x]\ntype = \"CounterFilter\"\n[x]\ntype = \"CounterFilter\"", "twice"},
	} {
		_, err := one(tt.text, "")
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "xyzzy") {
			t.Errorf("%s: One = %v, want %q", tt.name, err, tt.want)
		}
	}
}
