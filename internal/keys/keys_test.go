package keys

import (
	"fmt"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/dectest"
	"github.com/heka-project/heka/message"
)

func table(t testing.TB, o Options) *Table {
	t.Helper()
	tab, err := New(&o, ".", func() time.Time { return dectest.Start })
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestInfer(t *testing.T) {
	tab := table(t, Options{TZ: "UTC"})
	for in, want := range map[string]string{
		"1": "1", "-5": "-5", "0": "0", "007": `"007"`, "1.5": "1.5", "0.25": "0.25", "-0.5": "-0.5", "00.5": `"00.5"`, "1.": `"1."`, ".5": `".5"`, "-": `"-"`, "-0": `"-0"`, "": `""`,
		"true": "true", "false": "false", "True": `"True"`, "1.2.3": `"1.2.3"`, "123456789012345678": "123456789012345678", "1234567890123456789": `"1234567890123456789"`,
		"1.2345678901234567": `"1.2345678901234567"`, "5ms": `"5ms"`, "1e5": `"1e5"`, "-x": `"-x"`, "100.00": "100.0",
	} {
		b := message.NewBuilder(0)
		b.Begin(nil)
		tab.Infer(b, tab.Field([]byte("f")), []byte(in))
		b.End()
		m := dectest.Messages(t, b)[0]
		if got := dectest.Show(&m); got != fmt.Sprintf("sev=7 f=%s | ", want) {
			t.Errorf("Infer(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestSeverity(t *testing.T) {
	for in, want := range map[string]int32{"ERROR": 3, "warn": 4, "Warning": 4, "3": 3, "panic": 0, "FATAL": 2, "trace": 7, "-1": -1, "informational": 6} {
		if n, ok := SeverityOf([]byte(in)); !ok || n != want {
			t.Errorf("SeverityOf(%q) = %d, %v, want %d", in, n, ok, want)
		}
	}
	for _, in := range []string{"", "x y", "99999999999", "informational!", "dreadful and more"} {
		if _, ok := SeverityOf([]byte(in)); ok {
			t.Errorf("SeverityOf(%q) is one", in)
		}
	}
}

func TestParseInt(t *testing.T) {
	for in, want := range map[string]int64{"9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63, "+5": 5, "00": 0} {
		if n, ok := ParseInt([]byte(in)); !ok || n != want {
			t.Errorf("ParseInt(%q) = %d, %v, want %d", in, n, ok, want)
		}
	}
	for _, in := range []string{"", "-", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "1x"} {
		if _, ok := ParseInt([]byte(in)); ok {
			t.Errorf("ParseInt(%q) is one", in)
		}
	}
}

func TestWanted(t *testing.T) {
	tab := table(t, Options{TZ: "UTC", KeepFields: []string{"a", "b.c"}, DropFields: []string{"a.x"}, PayloadKey: []string{"z.msg"}})
	for _, tt := range []struct {
		name string
		role Role
		keep bool
	}{
		{"a", Dynamic, true}, {"a.b", Dynamic, true}, {"a.x", Dropped, false}, {"a.x.y", Dropped, false}, {"ab", Dropped, false},
		{"b", Dropped, true}, {"b.c", Dynamic, true}, {"b.d", Dropped, false}, {"z", Dropped, true}, {"z.msg", Payload, true},
	} {
		if f := tab.Field([]byte(tt.name)); f.Role != tt.role || f.Role == Dropped && f.Keep != tt.keep {
			t.Errorf("%s: role %d, keep %v, want %d, %v", tt.name, f.Role, f.Keep, tt.role, tt.keep)
		}
	}
}

// A chain gives every key its own field in whatever order they come.
func TestChain(t *testing.T) {
	tab := table(t, Options{TZ: "UTC"})
	c := NewChain(tab)
	for i := range 3 * maxFields {
		c.Begin()
		for _, k := range []string{"a", "b", fmt.Sprint("k", i), "a"} {
			if f := c.Next([]byte(k)); f.Name != k {
				t.Fatalf("Next(%s) is the field %s", k, f.Name)
			}
		}
	}
	if len(tab.fields) > maxFields+4 {
		t.Errorf("%d fields are kept", len(tab.fields))
	}
}

func TestUUID(t *testing.T) {
	for _, in := range []string{"00112233445566778899aAbBccddeeff", "00112233-4455-6677-8899-aabbccddeeff", "{00112233-4455-6677-8899-aabbccddeeff}"} {
		if u, ok := parseUUID([]byte(in)); !ok || u[15] != 0xff || u[10] != 0xaa {
			t.Errorf("parseUUID(%q) = %x, %v", in, u, ok)
		}
	}
	for _, in := range []string{"", "0011223344556677_899aabbccddeeff", "00112233x4455-6677-8899-aabbccddeeff"} {
		if _, ok := parseUUID([]byte(in)); ok {
			t.Errorf("parseUUID(%q) is one", in)
		}
	}
}
