package interp

import (
	"math"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
)

var full = message.Draft{
	UUID: [16]byte{0x87, 0xcf, 0x1a, 0xc2, 0xe8, 0x10, 0x4d, 0xdf, 0xa0, 0x2d, 0xa5, 0xce, 0x44, 0xd1, 0x3a, 0x85},
	Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "TEST", Logger: "GoSpec", Severity: 6,
		Payload: "Test \"Payload\"", EnvVersion: "0.8", Pid: 9283, Hostname: "host"},
	Fields: []message.DraftField{
		message.NewField("s", "aÄb", ""), message.NewField("n", int64(-5), "B"), message.NewField("f", 0.25, ""),
		message.NewField("b", true, ""), message.NewField("y", []byte("\x00\xff"), ""),
		message.NewField("ss", []string{"x", "y"}, ""), message.NewField("n", int64(7), ""),
		message.NewField("nan", math.NaN(), ""), {Name: "none"},
	},
}

func view(d message.Draft) *message.View {
	v := new(message.View)
	v.Parse(d.Encode(), nil)
	return v
}

func TestAppend(t *testing.T) {
	for _, tt := range []struct {
		text, want string
		missing    bool
	}{
		{"", "", false},
		{"plain % {text}", "plain % {text}", false},
		{"%{Type} %{Logger} %{Hostname} %{EnvVersion} %{Severity} %{Pid}", "TEST GoSpec host 0.8 6 9283", false},
		{"%{Severity|name}", "info", false},
		{"%{Uuid} %{UUID}", "87cf1ac2-e810-4ddf-a02d-a5ce44d13a85 87cf1ac2-e810-4ddf-a02d-a5ce44d13a85", false},
		{"%{Payload|json}", `"Test \"Payload\""`, false},
		{"%{s} %{n} %{f} %{b} %{ss}", "aÄb -5 0.25 true x", false},
		{"%{s|upper} %{s|lower} %{Type|lower}", "AÄB aäb test", false},
		{"%{n|json} %{nan|json} %{nan} %{y|json}", `-5 null NaN "AP8="`, false},
		{"%{Fields[ss][0][1]} %{Fields[n][1]} %{Fields[n]}", "y 7 -5", false},
		{"%{Fields[ss][0][2]:-no} %{Fields[n][2]}!", "no !", true},
		{"%{missing}-%{none:-nothing}", "-nothing", true},
		{"%{Timestamp} %{Timestamp|%Y/%m/%d} %{%H.%M} %{Timestamp|epoch_ms}", "2014-03-18T10:40:00.12Z 2014/03/18 10.40 1395139200120", false},
		{"%%{Type} 100%%", "%{Type} 100%%", false},
	} {
		x, err := Compile(tt.text, nil)
		if err != nil {
			t.Fatalf("Compile(%q): %v", tt.text, err)
		}
		if got, missing := x.Append(nil, view(full), nil); string(got) != tt.want || missing != tt.missing {
			t.Errorf("%q gives %q, %v, want %q, %v", tt.text, got, missing, tt.want, tt.missing)
		}
	}
	x, _ := Compile("<%{Hostname:-own}|%{Pid:-none}|%{Pid}|%{s}>", nil)
	star := func(dst []byte, s string) []byte { return append(append(append(dst, '*'), s...), '*') }
	if got, _ := x.Append(nil, view(message.Draft{Fields: full.Fields}), star); string(got) != "<own|none|0|*aÄb*>" {
		t.Errorf("with escapes and fallbacks: %s", got)
	}
}

func TestPlain(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		text, want string
		now        func() time.Time
		missing    bool
	}{
		{"heka-%{%Y.%m.%d}", "heka-2026.11.25", now, false},
		{"heka-%{%Y.%m.%d}", "heka-2014.03.18", nil, false},
		{"%{Type}-%{Hostname}-%{Pid}-%{UUID}-%{Logger}-%{EnvVersion}-%{Severity}-%{s}-%{n}", "TEST-host-9283-87cf1ac2-e810-4ddf-a02d-a5ce44d13a85-GoSpec-0.8-6-aÄb--5", now, false},
		{"%{idontexist}", "idontexist", now, true},
		{"%{Timestamp} %{a|json}", "Timestamp a|json", now, true},
	} {
		x, err := CompilePlain(tt.text, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		if got, missing := x.Append(nil, view(full), nil); string(got) != tt.want || missing != tt.missing {
			t.Errorf("%q gives %q, %v, want %q, %v", tt.text, got, missing, tt.want, tt.missing)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, s := range []string{"%{", "a%{Type", "%{}", "%{|json}", "%{Type|xml}", "%{Timestamp|never}", "%{Hostname|name}", "%{Fields[]}", "%{Fields[a}", "%{Fields[a][x]}", "%{Fields[a][0][0][0]}", "%{:-x}"} {
		if _, err := Compile(s, nil); err == nil {
			t.Errorf("Compile(%q) = nil error", s)
		}
	}
	for s, want := range map[string]bool{"": true, "x": true, "%%{": true, "%{Type}": false, "%{%Y}": false, "a%{x}": false} {
		x, _ := Compile(s, nil)
		if _, got := x.Constant(); got != want {
			t.Errorf("%q: Constant() = %v", s, got)
		}
	}
}

func TestAllocs(t *testing.T) {
	x, _ := Compile("%{Timestamp|%F %T} %{Type|lower} %{Payload|json} %{n} %{f} %{s:-x}", nil)
	v := view(full)
	var out []byte
	if n := testing.AllocsPerRun(100, func() { out, _ = x.Append(out[:0], v, nil) }); n != 0 {
		t.Errorf("Append allocates %v times", n)
	}
}

// FuzzCompile: any text is refused or compiled, and filled without a panic.
func FuzzCompile(f *testing.F) {
	f.Add("%{Timestamp|%Y} %{a:-b} %{Fields[n][1][0]|json}")
	f.Add("%%{%{%")
	v := view(full)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 200 {
			return
		}
		if x, err := Compile(s, nil); err == nil {
			x.Append(nil, v, nil)
		}
		if x, err := CompilePlain(s, nil); err == nil {
			x.Append(nil, v, nil)
		}
	})
}
