package fidelity

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/internal/splittest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// hostile are records as long as a message may be, made of what parsers look for.
func hostile() (list []string) {
	const size = 60 << 10
	for _, s := range []string{" ", "\n", "\t", ",", ", ", "[", "{", "(", ") ", "\"", "\\", "=", " = ", "a=", "a=b ", "a: b ", ": ", "# ", "\n# ", "#\n", " from ", " port ", " for ", " on ", "by ",
		", client: ", ", host: \"", "\", request: \"", "/", "1/", "|", ";", " ; ", "<", "%", "\xff", "é", "9", "-", "x.y ", "'", " via ", "uid=0 ", "}{", "\x00"} {
		list = append(list, strings.Repeat(s, size/len(s)))
	}
	for _, head := range []string{
		`2014/10/29 08:01:25 [error] 25100#7: *125 x, client: 10.0.0.1, request: "`,
		"[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 1:tid 2] (13)", `10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in s/s 1/2/3/4/5 200 1 - - ---- 1/1/1/1/0 0/0 {`,
		"# Query_time: 1\n", "2026-11-25 13:00:00.123 UTC [71] LOG:  duration: ", "Failed password for ", "Disconnected from user ", "pam_unix(a:b): session opened for user ", "alice : TTY=", "IN=a OUT=b ", "4A1B2C: to=<", "NOQUEUE: reject: ",
	} {
		for _, s := range []string{" ", "a ", " from ", "|", ",", ", host: \"", "\n", ": ", "=", "x=1, "} {
			list = append(list, head+strings.Repeat(s, size/len(s)))
		}
	}
	for _, s := range []string{`{"a":`, `[{"b":[`, `{"log":"x","time":"2026-11-25T13:00:00Z","attrs":{"a":`} { // deep, and never closed
		list = append(list, strings.Repeat(s, size/len(s)))
	}
	list = append(list, `{"a":`+strings.Repeat("[", size/2)+strings.Repeat("]", size/2-10)+"}", `{"log":`+strings.Repeat(`{"x":`, size/6)+"1"+strings.Repeat("}", size/6)+`}`)
	for _, pack := range []func(io.Writer) io.WriteCloser{
		func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	} { // some 50 MiB in 60 KiB
		for _, fill := range []string{" ", "[", `{"short_message":"`} {
			var b bytes.Buffer
			z := pack(&b)
			for chunk := []byte(strings.Repeat(fill, 1<<20/len(fill))); b.Len() < size-2<<10; {
				z.Write(chunk)
			}
			z.Close()
			list = append(list, b.String())
		}
	}
	return list
}

// patience is what one record may take on a machine that others use too; a second on
// one that nobody does.
const patience = 5 * time.Second

// decoders and splitters are configurations of every one that hekad has; of those
// that run code of the user's only the pages of the sandbox speak.
var decoders = []string{"[NginxErrorDecoder]\n", "[ApacheErrorDecoder]\n", "[HaproxyDecoder]\n", "[MysqlSlowDecoder]\n", "[MariadbSlowDecoder]\n", "[MysqlErrorDecoder]\n", "[PostgresCsvDecoder]\n",
	"[PostgresDecoder]\nlog_line_prefix = '%m [%p] %q%u@%d,%a %r '\n", "[SyslogProgramDecoder]\n", "[FieldsDecoder]\nrecords = true\n[FieldsDecoder.redact.Payload]\nmethod = \"replace\"\npattern = '(a+)+$|\\w+@\\w+'\n",
	"[JsonDecoder]\n", "[GelfDecoder]\n", "[CefDecoder]\n", "[DockerJsonDecoder]\n", "[CriDecoder]\n", "[AccessLogDecoder]\nlog_format = \"combined\"\n", "[LogfmtDecoder]\n", "[KeyValueDecoder]\n", "[CsvDecoder]\ncolumns = [\"a\", \"b\"]\n",
	"[PayloadRegexDecoder]\nmatch_regex = '^(?P<a>(x+x+)+y|[^ ]* .*)(?P<b>(.*)*)$'\n", "[AutoDecoder]\n", "[SyslogDecoder]\n", "[ProtobufDecoder]\n", "[ScribbleDecoder]\n[ScribbleDecoder.message_fields]\na = \"b\"\n",
	"[MultiDecoder]\nsubs = [\"JsonDecoder\", \"LogfmtDecoder\"]\n[JsonDecoder]\n[LogfmtDecoder]\n"}

var splitters = []string{"[TokenSplitter]\n", "[RegexSplitter]\ndelimiter = '(?:x+x+)+y|\\n(#+ )'\n", "[PatternGroupingSplitter]\ngrouping = '^(\\s+)*at|(a|a)*b$'\n", "[HekaFramingSplitter]\n", "[SyslogSplitter]\n", "[JsonSplitter]\n", "[LengthSplitter]\n",
	"[CsvSplitter]\n", "[MysqlSlowSplitter]\n", "[NullSplitter]\n"}

// made makes the instances of a configuration, by name.
func made(t *testing.T, toml string) map[string]any {
	t.Helper()
	plan, err := config.Parse([]config.Source{{Name: "h.toml", Text: toml}}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]any{}
	env := plugin.Env{Clock: clock.NewSim(time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)), MaxMessageSize: 64 << 10, Log: slog.New(slog.DiscardHandler)}
	env.Decoders = func(name string) (plugin.Decoder, error) {
		for _, s := range plan.Sections {
			if s.Name == name {
				p, err := s.Info.New(s.Config, env)
				return p.(plugin.Decoder), err
			}
		}
		return nil, fmt.Errorf("no section %q", name)
	}
	env.NewDecoder = func(typ, options string) (plugin.Decoder, error) {
		plan, err := config.Parse([]config.Source{{Name: "x", Text: "[unnamed]\ntype = \"" + typ + "\"\n" + options}}, config.Options{})
		if err != nil {
			return nil, err
		}
		s := plan.Find(plugin.KindDecoder, "unnamed")
		p, err := s.Info.New(s.Config, env)
		if err != nil {
			return nil, err
		}
		return p.(plugin.Decoder), nil
	}
	for _, s := range plan.Sections {
		if s.Pos.Line == 0 {
			continue
		}
		p, err := s.Info.New(s.Config, env)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		list[s.Info.Name] = p
	}
	return list
}

// maxMemory is how much may be allocated for one record.
const maxMemory = 64 << 20

// within runs f and complains when it takes long or much memory.
func within(t *testing.T, who, record string, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	f()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; took > patience || n > maxMemory {
		t.Errorf("%s takes %v and %d bytes for %.100q…", who, took, n, record)
	}
}

// No record takes a decoder long or much memory, whatever it holds.
func TestHostileRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	records := hostile()
	tried := map[string]bool{}
	for _, toml := range decoders {
		for name, p := range made(t, toml) {
			tried[name] = true
			programs := []string{""}
			if name == "SyslogProgramDecoder" {
				programs = []string{"sshd", "sudo", "kernel", "cron", "su", "login", "useradd", "dhcpd", "dhclient", "postfix/smtp", "systemd-logind"}
			}
			for _, program := range programs {
				for _, r := range records {
					rec := &plugin.Record{Data: []byte(r), Default: &decodetest.Header}
					if program != "" {
						base := message.Draft{Header: message.Header{Payload: r}, Fields: []message.DraftField{message.NewField("programname", program, "")}}
						rec.Base = new(message.View)
						rec.Base.Parse(base.Encode(), nil)
					}
					out := message.NewBuilder(64 << 10)
					within(t, name+" "+program, r, func() { p.(plugin.Decoder).Decode(rec, out) })
					sound(t, name, r, out.Buffer())
				}
			}
		}
	}
	t.Logf("%d records, %d decoders", len(records), len(tried))
	untried(t, plugin.KindDecoder, tried)
}

// sound complains of a damaged message among those that a record made.
func sound(t *testing.T, name, record string, b []byte) {
	t.Helper()
	var f message.Frame
	var v message.View
	for i := 0; message.NextFrame(b, i, 1<<30, &f); i = f.End {
		if !v.Parse(b[f.Start:f.End], nil) || !v.Sound() {
			t.Errorf("%s makes a damaged message of %.100q…", name, record)
		}
	}
}

// No stream takes a splitter long or much memory.
func TestHostileStreams(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	records := hostile()
	tried := map[string]bool{}
	for _, toml := range splitters {
		for name, p := range made(t, toml) {
			tried[name] = true
			for _, r := range records {
				within(t, name, r, func() { splittest.Records(t, p.(plugin.Splitter), []byte(r), 4<<10) })
			}
		}
	}
	t.Logf("%d streams, %d splitters", len(records), len(tried))
	untried(t, plugin.KindSplitter, tried)
}

// untried complains of plugins of a kind that were forgotten here.
func untried(t *testing.T, kind plugin.Kind, tried map[string]bool) {
	t.Helper()
	for _, info := range plugin.All() {
		if info.Kind == kind && !tried[info.Name] && !strings.HasPrefix(info.Name, "Sandbox") {
			t.Errorf("%s is not tried with hostile input; add a configuration of it", info.Name)
		}
	}
}
