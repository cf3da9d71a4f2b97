package accesslog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

var start = time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if cfg.TZ == "" {
		cfg.TZ = "UTC"
	}
	if err := cfg.Validate(); err != nil {
		t.Fatalf("Validate(%q): %v", cfg.LogFormat, err)
	}
	d, err := New(cfg, plugin.Env{Clock: clock.NewSim(start)})
	if err != nil {
		t.Fatalf("New(%q): %v", cfg.LogFormat, err)
	}
	return d
}

func decode(d plugin.Decoder, line string) (message.Draft, error) {
	b := message.NewBuilder(0)
	h := message.Header{Type: "in", Logger: "log", Hostname: "h", Severity: 7}
	if err := d.Decode(&plugin.Record{Data: []byte(line), Default: &h}, b); err != nil {
		return message.Draft{}, err
	}
	var f message.Frame
	if !message.NextFrame(b.Buffer(), 0, 1<<20, &f) {
		return message.Draft{}, errors.New("no frame was written")
	}
	var v message.View
	if !v.Parse(b.Buffer()[f.Start:f.End], nil) || !v.Sound() {
		return message.Draft{}, errors.New("the message is damaged")
	}
	return v.Draft(), nil
}

// show writes the fields as name=value(representation).
func show(d message.Draft) string {
	var s []string
	for _, f := range d.Fields {
		v := fmt.Sprint(f.Values...)
		if len(f.Values) != 1 {
			v = fmt.Sprint(f.Values)
		}
		if f.Type == message.Integer || f.Type == message.Double {
			v = f.Type.String()[:1] + ":" + v
		}
		if f.Representation != "" {
			v += "(" + f.Representation + ")"
		}
		s = append(s, f.Name+"="+v)
	}
	return strings.Join(s, " ")
}

func TestDecode(t *testing.T) {
	const combined = `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`
	for _, tt := range []struct {
		name, format, line, want, at string
	}{
		{"nginx combined", combined,
			`62.195.113.219 - - [10/Feb/2014:08:46:41 +0100] "GET /v1/x HTTP/1.1" 200 82 "-" "curl/8.5.0"` + "\n",
			"remote_addr=62.195.113.219(ipv4) remote_user=- request=GET /v1/x HTTP/1.1 status=i:200 body_bytes_sent=i:82(B) http_referer=- http_user_agent=curl/8.5.0",
			"2014-02-10T07:46:41Z"},
		{"named combined takes an ident and a dash for no bytes", "combined",
			`::1 ident frank [10/Feb/2014:08:46:41 +0000] "GET / HTTP/1.0" 304 - "http://a/" "b"`,
			"remote_addr=::1(ipv6) remote_user=frank request=GET / HTTP/1.0 status=i:304 body_bytes_sent=i:0(B) http_referer=http://a/ http_user_agent=b",
			"2014-02-10T08:46:41Z"},
		{"named common", "common",
			`host.example - - [10/Feb/2014:08:46:41 +0000] "GET / HTTP/1.0" 200 2326`,
			"remote_addr=host.example(hostname) remote_user=- request=GET / HTTP/1.0 status=i:200 body_bytes_sent=i:2326(B)",
			"2014-02-10T08:46:41Z"},
		{"named main", "main",
			`10.0.0.1 - bob [10/Feb/2014:08:46:41 +0000] "GET / HTTP/1.0" 200 2326 "-" "-" "10.1.1.1, 10.2.2.2"`,
			"remote_addr=10.0.0.1(ipv4) remote_user=bob request=GET / HTTP/1.0 status=i:200 body_bytes_sent=i:2326(B) http_referer=- http_user_agent=- http_x_forwarded_for=10.1.1.1, 10.2.2.2",
			"2014-02-10T08:46:41Z"},
		{"vhost_combined", "vhost_combined",
			`www.example.com:443 10.0.0.1 - - [10/Feb/2014:08:46:41 +0000] "GET / HTTP/1.0" 200 2326 "-" "x"`,
			"server_name=www.example.com(hostname) server_port=i:443 remote_addr=10.0.0.1(ipv4) remote_user=- request=GET / HTTP/1.0 status=i:200 response_length=i:2326(B) http_referer=- http_user_agent=x",
			"2014-02-10T08:46:41Z"},
		{"escaped quotes stay in the value with their backslash", `"$request" "$http_referer"`,
			`"GET /\"a\" \\" "\x22"`, `request=GET /\"a\" \\ http_referer=\x22`, ""},
		{"bare quotes inside a quoted value", `"$request" $status`,
			`"GET /"a"b HTTP/1.1" 200`, `request=GET /"a"b HTTP/1.1 status=i:200`, ""},
		{"blanks in a user name", `$remote_addr - $remote_user [$time_local]`,
			`10.0.0.1 - a b  c [10/Feb/2014:08:46:41 +0000]`, "remote_addr=10.0.0.1(ipv4) remote_user=a b  c", "2014-02-10T08:46:41Z"},
		{"a line that was cut inside its last quoted value", `$status "$http_user_agent"`,
			`200 "Mozilla/5.0 (comp`, "status=i:200 http_user_agent=Mozilla/5.0 (comp", ""},
		{"text behind the format is passed over", `$status`, `200 and more`, "status=i:200", ""},
		{"any run of white space", `$status  $connection`, "200\t 7", "status=i:200 connection=i:7", ""},
		{"upstream lists", `$upstream_addr $upstream_status $upstream_response_time $upstream_response_length`,
			`127.0.0.1:80, 127.0.0.2:80 : unix:/x 200, 502 : - 0.123, - : 1.5 10, 20`,
			"upstream_addr=[127.0.0.1:80 127.0.0.2:80 unix:/x] upstream_status=i:[200 502 0] upstream_response_time=d:[0.123 0 1.5](s) upstream_response_length=i:[10 20](B)", ""},
		{"upstream lists between bars", `$upstream_addr|$upstream_status|$upstream_response_time|$msec`,
			`127.0.0.1:80, 127.0.0.2:80 : unix:/x|200, 502 : -|0.5, - : 1.5|1392022001.250`,
			"upstream_addr=[127.0.0.1:80 127.0.0.2:80 unix:/x] upstream_status=i:[200 502 0] upstream_response_time=d:[0.5 0 1.5](s)", "2014-02-10T08:46:41.25Z"},
		{"an upstream in parentheses", `($upstream_addr) $status`, `([::1]:80) 200`, "upstream_addr=[::1]:80 status=i:200", ""},
		{"hosts between commas", `$remote_addr,$host,$server_name,$status`, `10.0.0.1,www.example.com,unix:,200`,
			"remote_addr=10.0.0.1(ipv4) host=www.example.com(hostname) server_name=unix: status=i:200", ""},
		{"no upstream", `"$upstream_addr" $upstream_response_length $upstream_status`, `"-" - -`, "upstream_addr=- upstream_status=i:0", ""},
		{"times and numbers", `$msec $request_time $request_length $bytes_sent $content_length`,
			`1392022001.250 0.004 512 1024 -`, "request_time=d:0.004(s) request_length=i:512(B) bytes_sent=i:1024(B)", "2014-02-10T08:46:41.25Z"},
		{"iso time", `$time_iso8601|$pid`, `2014-02-10T09:46:41+01:00|42`, "pid=i:42", "2014-02-10T08:46:41Z"},
		{"a date of the upstream cache", `$upstream_cache_last_modified $upstream_cache_status`,
			`Mon, 10 Feb 2014 08:46:41 GMT HIT`, "upstream_cache_last_modified=i:1392022001000000000(ns) upstream_cache_status=HIT", ""},
		{"url in pieces", `$scheme://$host$request_uri $server_port`, `https://a.example/x?y=1 443`,
			"scheme=https host=a.example(hostname) request_uri=/x?y=1 server_port=i:443", ""},
		{"uri, mark and arguments", `"$uri$is_args$args" $status`, `"/a b?c=d?e" 200`, "uri=/a b is_args=? args=c=d?e status=i:200", ""},
		{"uri without arguments", `"$uri$is_args$args" $status`, `"/a" 200`, "uri=/a is_args= args= status=i:200", ""},
		{"braces", `${status}ms`, `200ms`, "status=i:200", ""},
		{"text between other signs than quotes", `[$http_x] $args|$uri,$status`, `[a b] x|/y,200`, "http_x=a b args=x uri=/y status=i:200", ""},
		{"unix socket instead of an address", `$remote_addr - $status`, `unix: - 200`, "remote_addr=unix: status=i:200", ""},
		{"five numbers are a host name", `$remote_addr $status`, `1.2.3.4.5 200`, "remote_addr=1.2.3.4.5(hostname) status=i:200", ""},
		{"IPv6 with IPv4 at its end", `$remote_addr $status`, `::ffff:10.0.0.1 200`, "remote_addr=::ffff:10.0.0.1(ipv6) status=i:200", ""},
		{"IPv6 in full", `$remote_addr`, `2001:db8:1:2:3:4:5:6`, "remote_addr=2001:db8:1:2:3:4:5:6(ipv6)", ""},
		{"apache from a configuration file", `%h %l %u %t \"%r\" %>s %b`,
			`10.0.0.1 - frank [10/Feb/2014:08:46:41 +0000] "GET / HTTP/1.0" 200 -`,
			"remote_addr=10.0.0.1(ipv4) remote_user=frank request=GET / HTTP/1.0 status=i:200 body_bytes_sent=i:0(B)", "2014-02-10T08:46:41Z"},
		{"apache time of a format", `%{%d/%b/%Y %T}t.%{msec_frac}t %D`, `10/Feb/2014 08:46:41.500 1250`,
			"sec_frac=d:0.5 request_time=i:1250(us)", "2014-02-10T08:46:41Z"},
		{"apache times since the epoch", `%{usec}t %{end:msec}t %T`, `1392022001250000 1392022001500 3`, "request_time=i:3(s)", "2014-02-10T08:46:41.5Z"},
		{"apache names of headers, cookies and the rest", `%{X-Req-Id}i %{Content-Type}o %{sid}C %{E}e %{n}n %X %{remote}p %{hextid}P %m %U%q %!200,304{Referer}i`,
			`r text/html c v m + 5050 7f GET /a?b=1 ref`,
			"http_x_req_id=r sent_http_content_type=text/html cookie_sid=c env_E=v module_n=m connection_status=+ remote_port=i:5050 tid=i:127 request_method=GET uri=/a query_string=?b=1 http_referer=ref", ""},
		{"apache literals", `%%\t\034%s\034`, "% \"200\"", "status=i:200", ""},
		{"a leading text", `app: $status`, `app: 200`, "status=i:200", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decode(newDecoder(t, Config{LogFormat: tt.format}), tt.line)
			if err != nil {
				t.Fatalf("Decode(%q): %v", tt.line, err)
			}
			if s := show(got); s != tt.want {
				t.Errorf("Decode(%q)\n got %s\nwant %s", tt.line, s, tt.want)
			}
			want := start
			if tt.at != "" {
				want, _ = time.Parse(time.RFC3339Nano, tt.at)
			}
			if got.Timestamp != want.UnixNano() {
				t.Errorf("Timestamp = %s, want %s", time.Unix(0, got.Timestamp).UTC(), want)
			}
			if got.Type != "in" || got.Logger != "log" || got.Hostname != "h" || got.Payload != "" {
				t.Errorf("header = %+v, want the defaults without payload", got.Header)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	line := `1.1.1.1 - - [10/Feb/2014:08:46:41 +0000] "GET /\x22\"\\ HTTP/1.1" 200 82 "-" "Mozilla/5.0 (Mobile; rv:29.0) Gecko/29.0 Firefox/29.0"`
	bot := strings.Replace(line, "Firefox/29.0", "bot", 1)
	for _, tt := range []struct {
		name, line string
		cfg        Config
		has, hasNo string
	}{
		{"transform", line, Config{UserAgentTransform: true}, "user_agent_browser=Firefox user_agent_version=i:29 user_agent_os=FirefoxOS", "http_user_agent"},
		{"transform and keep", line, Config{UserAgentTransform: true, UserAgentKeep: true}, "user_agent_os=FirefoxOS http_user_agent=Moz", "\n"},
		{"conditional with a browser", line, Config{UserAgentTransform: true, UserAgentConditional: true}, "user_agent_os", "http_user_agent"},
		{"conditional without", bot, Config{UserAgentTransform: true, UserAgentConditional: true}, "user_agent_os=FirefoxOS http_user_agent=Moz", "user_agent_browser"},
		{"dash is absent", line, Config{DashIsAbsent: true}, "status=i:200", "=-"},
		{"unescape", line, Config{Unescape: true}, `request=GET /""\ HTTP/1.1`, "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.cfg.LogFormat = "combined"
			got, err := decode(newDecoder(t, tt.cfg), tt.line)
			if err != nil {
				t.Fatal(err)
			}
			if s := show(got); !strings.Contains(s, tt.has) || strings.Contains(s, tt.hasNo) {
				t.Errorf("fields are %s, want %q and not %q", s, tt.has, tt.hasNo)
			}
		})
	}
	got, err := decode(newDecoder(t, Config{LogFormat: "combined", Type: "nginx.access", PayloadKeep: true}), line)
	if err != nil || got.Type != "nginx.access" || got.Payload != line {
		t.Errorf("type and payload are %q, %q, %v", got.Type, got.Payload, err)
	}
}

func TestRefused(t *testing.T) {
	for _, tt := range []struct{ format, line, want string }{
		{"combined", "", "access log line is empty"},
		{"combined", "\r\n", "access log line is empty"},
		{"combined", "hello", `access log line does not fit log_format at %h: want an address or a host name`},
		{"combined", `1.1.1.1 - - [10/Foo/2014:08:46:41 +0000] "GET /" 200 1 "-" "-"`, "access log line does not fit log_format at %t: want a time like 25/Nov/2026:13:00:00 +0100"},
		{"combined", `1.1.1.1 - - [10/Feb/2014:08:46:41 +0000] "GET /" 20 1 "-" "-"`, "access log line does not fit log_format at %>s: want three digits"},
		{"combined", `1.1.1.1 - - [10/Feb/2014:08:46:41 +0000] "GET /`, "access log line does not fit log_format after %r: want \"\\\" \" there"},
		{"$bytes_sent", "99999999999999999999", "access log line does not fit log_format at $bytes_sent: want a whole number or -"},
		{"x$status", "y200", "access log line does not fit log_format at its beginning"},
		{"$msec", "99999999999.1", "access log line does not fit log_format at $msec: want seconds since 1970"},
	} {
		if _, err := decode(newDecoder(t, Config{LogFormat: tt.format}), tt.line); err == nil || err.Error() != tt.want {
			t.Errorf("%s: Decode(%q) = %v, want %s", tt.format, tt.line, err, tt.want)
		}
	}
}

func TestBadFormats(t *testing.T) {
	for _, tt := range []struct{ format, want string }{
		{"combind", `"combind" holds neither an nginx $variable nor an Apache %directive and is none of ` + names},
		{"%h %Z", `directive "%Z": %Z is not known; write %% for a percent sign`},
		{"%h %i", `directive "%i": it needs a name in braces, as in %{name}i`},
		{"%{Referer", `"%{Referer" has no closing }`},
		{"%h %", `directive "%" has no letter`},
		{"%{foo}p", `directive "%{foo}p": %p has no argument {foo}`},
		{"%{%Q}t", `directive "%{%Q}t": time format "%Q": %Q is not known`},
		{"$args$uri", "nothing separates $args from $uri; put a character between them"},
		{"100%%", "there is no variable in it"},
	} {
		err := Config{LogFormat: tt.format, TZ: "UTC"}.Validate()
		var oe *plugin.OptionError
		if !errors.As(err, &oe) || oe.Option != "log_format" || !strings.HasPrefix(oe.What, tt.want) {
			t.Errorf("Validate(%q) = %v, want %s", tt.format, err, tt.want)
		}
	}
	plugintest.BadOption(t, Config{LogFormat: "common", TZ: "Mars/Olympus"}, "tz")
}

func TestAgent(t *testing.T) {
	for _, tt := range []struct {
		ua   string
		want agent
	}{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36", agent{"Chrome", "Windows 10", 126}},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 7_0 like Mac OS X) AppleWebKit/537.51.1 (KHTML, like Gecko) Version/7.0 Mobile/11A465 Safari/9537.53", agent{"Safari", "iPhone", 9537}},
		{"Opera/9.80 (Windows NT 6.1; U; en) Presto/2.10.289 Version/12.01", agent{"Opera", "Windows 7", 12}},
		{"Opera/9.80 (Android; Opera Mini/7.5.33361/31.1543; U; en) Presto/2.8.119 Version/11.1010", agent{"Opera Mini", "Android", 7}},
		{"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1)", agent{"MSIE", "Windows XP", 8}},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", agent{"Firefox", "Linux", 128}},
		{"curl/8.5.0", agent{"", "", -1}},
		{"Chrome/", agent{"Chrome", "", -1}},
		{"", agent{"", "", -1}},
	} {
		if got := parseAgent(tt.ua); got != tt.want {
			t.Errorf("parseAgent(%q) = %+v, want %+v", tt.ua, got, tt.want)
		}
	}
}

func TestUnpack(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"log_format main '$a - $b '\n                '\"$c\"';", `$a - $b "$c"`},
		{`log_format json escape=json '{"a":"$a"}';`, `{"a":"$a"}`},
		{`LogFormat "%h \"%r\" %b" common`, `%h \"%r\" %b`},
		{"'$a ' '$b'", "$a $b"},
		{`"$request" $status`, `"$request" $status`},
		{`'$a' and more`, `'$a' and more`},
		{`LogFormat common`, `LogFormat common`},
		{`log_format main`, `log_format main`},
		{`log_format main '$a`, `log_format main '$a`},
		{"combined", "combined"},
		{"", ""},
	} {
		if got := unpack(tt.in); got != tt.want {
			t.Errorf("unpack(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// Lines made to make the parser go back and forth cost no more than others.
func TestHostileLines(t *testing.T) {
	var d []plugin.Decoder
	for _, f := range []string{"combined", `$remote_addr - $remote_user [$time_local]`, `"$a" "$b" "$c"`, `$uri$is_args$args [$x]`, `$upstream_addr $upstream_status`} {
		d = append(d, newDecoder(t, Config{LogFormat: f, Unescape: true}))
	}
	for _, piece := range []string{`"`, `\`, `\"`, ` `, `" `, `a `, `?`, `1.1.1.1, `, ` : `, `::`, `- `, "[", `""`, `\x2`} {
		line := "1.1.1.1 - " + strings.Repeat(piece, 128<<10/len(piece))
		for _, d := range d {
			decode(d, line)
			decode(d, line[10:])
		}
	}
}

// Every line of a real log is read, the one that was cut included.
func TestRealLog(t *testing.T) {
	log, err := os.ReadFile("testdata/access.log")
	if err != nil {
		t.Fatal(err)
	}
	d := newDecoder(t, Config{LogFormat: "combined"})
	lines := bytes.SplitAfter(log, []byte("\n"))
	for i, line := range lines[:len(lines)-1] {
		got, err := decode(d, string(line))
		if err != nil || len(got.Fields) != 7 {
			t.Errorf("line %d: %d fields, %v, want 7\n%s", i+1, len(got.Fields), err, line)
		}
	}
}

// A message so far keeps its fields and gets those of the line.
func TestBehindAnotherDecoder(t *testing.T) {
	base := message.Draft{Header: message.Header{Type: "t", Payload: "200 1.2.3.4", Timestamp: 5}, Fields: []message.DraftField{message.NewField("a", "b", "")}}
	var v message.View
	v.Parse(base.Encode(), nil)
	b := message.NewBuilder(0)
	d := newDecoder(t, Config{LogFormat: "$status $host"})
	if err := d.Decode(&plugin.Record{Data: []byte(v.Payload()), Base: &v}, b); err != nil {
		t.Fatal(err)
	}
	var f message.Frame
	message.NextFrame(b.Buffer(), 0, 1<<20, &f)
	v.Parse(b.Buffer()[f.Start:f.End], nil)
	if s := show(v.Draft()); s != "a=b status=i:200 host=1.2.3.4(ipv4)" || v.Timestamp() != 5 {
		t.Errorf("fields are %s at %d", s, v.Timestamp())
	}
}

// Decoding does not allocate, whatever the line holds.
func TestAllocs(t *testing.T) {
	d := newDecoder(t, Config{LogFormat: "combined", UserAgentTransform: true, Unescape: true, Type: "t"})
	out := message.NewBuilder(1 << 16)
	h := message.Header{Logger: "l", Hostname: "h"}
	for _, line := range []string{
		`1.1.1.1 - a [10/Feb/2014:08:46:41 +0000] "GET /\x22\" HTTP/1.1" 200 82 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`,
		`::1 - - [10/Feb/2014:08:46:42 +0000] "-" 408 - "-" "-"`,
		`no access log line`,
	} {
		rec := plugin.Record{Data: []byte(line), Default: &h}
		if n := testing.AllocsPerRun(100, func() { out.Reset(); d.Decode(&rec, out) }); n != 0 {
			t.Errorf("Decode(%q) allocates %v times", line, n)
		}
	}
}

// FuzzDecode: any line under any format gives one sound message or an error.
func FuzzDecode(f *testing.F) {
	f.Add(`$remote_addr - $remote_user [$time_local] "$request" $status $upstream_addr`, `1.1.1.1 - - [10/Feb/2014:08:46:41 +0000] "GET /\"" 200 a, b : c`)
	f.Add(`%h %l %u %t \"%r\" %>s %b %{%F %T}t`, `::1 - - [10/Feb/2014:08:46:41 +0000] "GET /" 200 - 2014-02-10 08:46:41`)
	f.Add(`"$uri$is_args$args" $request_time`, `"/a?b" 0.5`)
	f.Fuzz(func(t *testing.T, format, line string) {
		cfg := Config{LogFormat: format, TZ: "UTC", UserAgentTransform: true, Unescape: true}
		d, err := New(cfg, plugin.Env{Clock: clock.NewSim(start)})
		if err != nil {
			if cfg.Validate() == nil {
				t.Fatalf("New(%q) = %v and Validate is content", format, err)
			}
			return
		}
		if _, err := decode(d, line); err != nil && !strings.HasPrefix(err.Error(), "access log line ") {
			t.Fatalf("Decode(%q, %q) = %v", format, line, err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	line := []byte(`123.145.167.189 - alice [14/Mar/2026:09:26:53 +0000] "GET /cache/session?id=12345 HTTP/1.1" 200 51234 "https://www.example.com/index" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"`)
	d := newDecoder(b, Config{LogFormat: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`, Type: "nginx.access"})
	out := message.NewBuilder(1 << 16)
	h := message.Header{Logger: "access", Hostname: "web01.example.com", Severity: 7, Pid: 1234}
	rec := plugin.Record{Data: line, Default: &h}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		if err := d.Decode(&rec, out); err != nil {
			b.Fatal(err)
		}
	}
}
