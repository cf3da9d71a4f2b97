package postgreslog

import (
	"errors"
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) {
	plugintest.Run(t, "PostgresDecoder", "")
	plugintest.Run(t, "PostgresCsvDecoder", "")
}

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if cfg.TZ == "" {
		cfg.TZ = "UTC"
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	d, err := New(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct{ name, prefix, rec, want string }{
		{"the default", "%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] LOG:  database system is ready to accept connections\n",
			"2026-11-25T13:00:00.123Z sev=6 pid=71 error_severity=LOG | database system is ready to accept connections"},
		{"Debian, in a session", "%m [%p] %q%u@%d ", "2026-11-25 13:00:00.123 CET [71] alice@shop ERROR:  relation \"x\" does not exist at character 15",
			"2026-11-25T12:00:00.123Z sev=3 pid=71 user_name=alice database_name=shop error_severity=ERROR | relation \"x\" does not exist at character 15"},
		{"Debian, without one", "%m [%p] %q%u@%d ", "2026-11-25 13:00:00.123 +03 [71] LOG:  checkpoint starting: time", "2026-11-25T10:00:00.123Z sev=6 pid=71 error_severity=LOG | checkpoint starting: time"},
		{"a slow statement", "%t:%r:%u@%d:[%p]: ", "2026-11-25 13:00:00 UTC:10.0.0.1(4711):a@b:[7]: LOG:  duration: 1234.567 ms  statement: SELECT 1,\n\t\t2\n\tFROM x: y;",
			"2026-11-25T13:00:00Z sev=6 pid=7 remote_addr=10.0.0.1 remote_port:i=4711 user_name=a database_name=b error_severity=LOG duration:d=1234.567(ms) statement=SELECT 1,\n\t2\nFROM x: y; | duration: 1234.567 ms  statement: SELECT 1,\n\t2\nFROM x: y;"},
		{"a prepared one", "%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] LOG:  duration: 0.5 ms  execute s1/c: SELECT $1",
			"2026-11-25T13:00:00.123Z sev=6 pid=71 error_severity=LOG duration:d=0.5(ms) statement_name=s1/c statement=SELECT $1 | duration: 0.5 ms  execute s1/c: SELECT $1"},
		{"one without a name", "%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] LOG:  execute <unnamed>: SELECT $1", "2026-11-25T13:00:00.123Z sev=6 pid=71 error_severity=LOG statement=SELECT $1 | execute <unnamed>: SELECT $1"},
		{"only a duration", "%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] LOG:  duration: 0.5 ms", "2026-11-25T13:00:00.123Z sev=6 pid=71 error_severity=LOG duration:d=0.5(ms) | duration: 0.5 ms"},
		{"a text like one", "%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] LOG:  duration: long; statement x: y", "2026-11-25T13:00:00.123Z sev=6 pid=71 error_severity=LOG | duration: long; statement x: y"},
		{"everything", "%n %a|%h|%L|%b|%P|%i|%e|%c|%l|%s|%v|%x|%Q|100%% ", "1764075600.25 my app|[local]|10.0.0.5|client backend||SELECT|00000|6564.1a|3|2026-11-25 12:00:00 UTC|4/12|0|-8123456789012345678|100% DETAIL:  d",
			"2025-11-25T13:00:00.25Z sev=6 application_name=my app remote_addr=[local] local_addr=10.0.0.5 backend_type=client backend command_tag=SELECT sql_state_code=00000 session_id=6564.1a session_line_num:i=3 session_start_time=2026-11-25 12:00:00 UTC virtual_transaction_id=4/12 transaction_id:i=0 query_id:i=-8123456789012345678 error_severity=DETAIL | d"},
		{"padding", "[%-7p] %5l %-8u|", "[71     ]     3 bob     |PANIC:  x", "1970-01-01T00:00:00Z sev=0 pid=71 session_line_num:i=3 user_name=bob error_severity=PANIC | x"},
		{"a name with blanks before the level", "%m [%p] %q%u@%d %a ", "2026-11-25 13:00:00.123 UTC [71] bob@shop pgAdmin 4 - DB:shop ERROR:  x: LOG: y",
			"2026-11-25T13:00:00.123Z sev=3 pid=71 user_name=bob database_name=shop application_name=pgAdmin 4 - DB:shop error_severity=ERROR | x: LOG: y"},
		{"none, and no session", "%m [%p] %b ", "2026-11-25 13:00:00.123 UTC [71] autovacuum launcher LOG:  started",
			"2026-11-25T13:00:00.123Z sev=6 pid=71 backend_type=autovacuum launcher error_severity=LOG | started"},
		{"an address that looks like one with a port", "%h %r ", "2001:db8::1 2001:db8::1(4711) LOG:  x",
			"1970-01-01T00:00:00Z sev=6 remote_addr=2001:db8::1 remote_addr=2001:db8::1 remote_port:i=4711 error_severity=LOG | x"},
		{"nothing in front", "", "WARNING:  x", "1970-01-01T00:00:00Z sev=4 error_severity=WARNING | x"},
	} {
		d := newDecoder(t, Config{Prefix: tt.prefix})
		for range 2 {
			got, err := decodetest.One(t, d, tt.rec)
			if err != nil || decodetest.Show(got) != tt.want {
				t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, decodetest.Show(got), tt.want)
			}
		}
	}
	got, err := decodetest.One(t, newDecoder(t, Config{Prefix: "%m ", Type: "postgresql", PayloadKeep: true}), "2026-11-25 13:00:00.123 UTC NOTICE:  a\n\tb\n")
	if s := decodetest.Show(got); err != nil || s != "2026-11-25T13:00:00.123Z type=postgresql sev=5 error_severity=NOTICE msg=a\nb | 2026-11-25 13:00:00.123 UTC NOTICE:  a\n\tb" {
		t.Errorf("options: %s, %v", s, err)
	}
}

const csvRecord = `2026-11-25 13:00:00.123 UTC,"alice","shop",71,"10.0.0.1:4711",6564.1a,3,"SELECT",2026-11-25 12:59:00 UTC,4/12,0,ERROR,42P01,"relation ""x"" does not
exist","d",,,,"c","SELECT * FROM x",15,,"psql","client backend",,0`

func TestCSV(t *testing.T) {
	d, err := NewCSV(CSVConfig{TZ: "UTC"}, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ rec, want string }{
		{csvRecord + "\n", "2026-11-25T13:00:00.123Z sev=3 pid=71 user_name=alice database_name=shop remote_addr=10.0.0.1 remote_port:i=4711 session_id=6564.1a session_line_num:i=3 command_tag=SELECT session_start_time=2026-11-25 12:59:00 UTC virtual_transaction_id=4/12 transaction_id:i=0 error_severity=ERROR sql_state_code=42P01 detail=d context=c query=SELECT * FROM x query_pos:i=15 application_name=psql backend_type=client backend query_id:i=0 | relation \"x\" does not\nexist"},
		{`2026-11-25 13:00:00.123 UTC,,,71,,6564.1a,3,,,,0,LOG,00000,"duration: 12.5 ms  statement: SELECT 1",,,,,,,,,""`, "2026-11-25T13:00:00.123Z sev=6 pid=71 session_id=6564.1a session_line_num:i=3 transaction_id:i=0 error_severity=LOG sql_state_code=00000 duration:d=12.5(ms) statement=SELECT 1 | duration: 12.5 ms  statement: SELECT 1"},
	} {
		got, err := decodetest.One(t, d, tt.rec)
		if err != nil || decodetest.Show(got) != tt.want {
			t.Errorf("%v\n got %s\nwant %s", err, decodetest.Show(got), tt.want)
		}
	}
	for rec, want := range map[string]error{
		"":                            errColumns,
		`a,"b`:                        errCSV,
		`a,"b"c`:                      errCSV,
		strings.Repeat(",", 30):       errColumns,
		"x" + strings.Repeat(",", 25): errCSVTime,
	} {
		if _, err := decodetest.One(t, d, rec); err != want {
			t.Errorf("%q: %v, want %v", rec, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		prefix, rec string
		want        error
	}{
		{"%m [%p] ", "", errPrefix},
		{"%m [%p] ", "2026-13-25 13:00:00.123 UTC [71] LOG:  x", errPrefix},
		{"%m [%p] ", "2026-11-25 13:00:00.123 UTC [x] LOG:  x", errPrefix},
		{"%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] PROTOKOLL:  x", errLevel},
		{"%m [%p] ", "2026-11-25 13:00:00.123 UTC [71] LOG", errLevel},
		{"%u@%d ", "a", errPrefix},
		{"%u%d ", "a", errPrefix},
		{"%n ", "99999999999 LOG:  x", errPrefix},
	} {
		if _, err := decodetest.One(t, newDecoder(t, Config{Prefix: tt.prefix}), tt.rec); err != tt.want {
			t.Errorf("%q: %v, want %v", tt.rec, err, tt.want)
		}
	}
	var oe *plugin.OptionError
	for option, c := range map[string]plugin.Validator{"log_line_prefix": Config{Prefix: "%m %y"}, "tz": CSVConfig{TZ: "Nowhere"}} {
		if err := c.Validate(); !errors.As(err, &oe) || oe.Option != option {
			t.Errorf("Validate(%+v) = %v", c, err)
		}
	}
	if err := (Config{Prefix: "%"}).Validate(); err == nil {
		t.Error("a lone percent sign is taken")
	}
}

const textRecord = "2026-11-25 13:00:00.123 UTC [71] alice@shop LOG:  duration: 1234.567 ms  statement: SELECT 1,\n\t2 FROM x"

func TestAllocs(t *testing.T) {
	decodetest.Allocs(t, newDecoder(t, Config{Prefix: "%m [%p] %q%u@%d ", TZ: "Local"}), textRecord)
	d, _ := NewCSV(CSVConfig{TZ: "Local"}, plugin.Env{})
	decodetest.Allocs(t, d, csvRecord)
}

func FuzzText(f *testing.F) {
	decodetest.Fuzz(f, newDecoder(f, Config{Prefix: "%m [%-5p] %q%u@%d %r %l:%Q "}), textRecord, "2026-11-25 13:00:00.123 UTC [71   ] a@b h(1) 2:-3 LOG:  execute x: y")
}

func FuzzCSV(f *testing.F) {
	d, _ := NewCSV(CSVConfig{TZ: "UTC"}, plugin.Env{})
	decodetest.Fuzz(f, d, csvRecord)
}

func FuzzPrefix(f *testing.F) {
	f.Add("%m [%p] %q%u@%d ", textRecord)
	f.Fuzz(func(t *testing.T, prefix, rec string) {
		if d, err := New(Config{Prefix: prefix, TZ: "UTC"}, plugin.Env{}); err == nil {
			decodetest.All(t, d, rec)
		}
	})
}

func BenchmarkText(b *testing.B) {
	decodetest.Bench(b, newDecoder(b, Config{Prefix: "%m [%p] %q%u@%d "}), textRecord)
}

func BenchmarkCSV(b *testing.B) {
	d, _ := NewCSV(CSVConfig{TZ: "UTC"}, plugin.Env{})
	decodetest.Bench(b, d, csvRecord)
}
