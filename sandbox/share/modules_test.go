package share_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
	"github.com/heka-project/heka/sandbox/share"
)

// TestModules runs the scripts of testdata/modules on one message: an assertion
// that fails stops them.
func TestModules(t *testing.T) {
	d := at(10.5, "foo", "bar", "int", 999, "double", 99.9, "no", false)
	d.UUID, _ = message.ParseUUID("8e414f01-9d7f-4a48-a5e1-ae92e5954df5")
	for _, tt := range []struct {
		name string
		want []string // payloads
	}{
		{"alert", []string{"one\ntwo", "three", "four"}},
		{"annotation", []string{`{"annotations":[{"text":"first","x":1000,"shortText":"A","col":1},{"text":"with \"quotes\"","x":60000,"shortText":"M","col":1}]}` + "\n" +
			`{"annotations":[{"text":"with \"quotes\"","x":60000,"shortText":"M","col":1}]}` + "\n" + `{"annotations":[]}` + "\n"}},
		{"anomaly", nil},
		{"others", nil},
	} {
		src, err := os.ReadFile("testdata/modules/" + tt.name + ".lua")
		if err != nil {
			t.Fatal(err)
		}
		o := sandboxtest.Options(sandbox.Filter, string(src), nil)
		o.ProcessInject = 10
		b := sandboxtest.New(t, o)
		if err := b.TryProcess(d); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var got []string
		for _, d := range b.Injected {
			got = append(got, d.Payload)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: payloads %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Options that a page tells of are read.
func TestDocumentedOptionsAreRead(t *testing.T) {
	for _, folder := range []string{"lua_filters", "lua_encoders"} {
		for _, file := range share.Scripts(folder) {
			a, err := share.AboutScript(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range a.Config {
				if !strings.Contains(sandboxtest.Script(t, file), `("`+o.Name+`")`) {
					t.Errorf("%s tells of the option %s and does not read it", file, o.Name)
				}
			}
		}
	}
}
