package errorlog

import (
	"testing"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) {
	plugintest.Run(t, "NginxErrorDecoder", "")
	plugintest.Run(t, "ApacheErrorDecoder", "")
}

func nginx(t testing.TB, cfg NginxConfig) plugin.Decoder {
	t.Helper()
	d, err := NewNginx(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func apache(t testing.TB, cfg ApacheConfig) plugin.Decoder {
	t.Helper()
	d, err := NewApache(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const nginxLine = `2014/10/29 08:01:25 [error] 25100#7: *125 open() "/var/www/favicon.ico" failed (2: No such file or directory), client: 203.0.113.9, server: example.com, request: "GET /favicon.ico HTTP/1.1", host: "example.com:80", referrer: "http://example.com/a, b"`

func TestNginx(t *testing.T) {
	for _, tt := range []struct{ name, rec, want string }{
		{"all of it", nginxLine + "\n", `2014-10-29T08:01:25Z sev=3 pid=25100 tid:i=7 connection:i=125 client=203.0.113.9(ipv4) server=example.com request=GET /favicon.ico HTTP/1.1 host=example.com:80 referrer=http://example.com/a, b | open() "/var/www/favicon.ico" failed (2: No such file or directory), client: 203.0.113.9, server: example.com, request: "GET /favicon.ico HTTP/1.1", host: "example.com:80", referrer: "http://example.com/a, b"`},
		{"no connection", "2014/10/29 08:01:25 [notice] 1#1: signal process started", "2014-10-29T08:01:25Z sev=5 pid=1 tid:i=1 | signal process started"},
		{"a text with a star", "2014/10/29 08:01:25 [emerg] 1#0: *x", "2014-10-29T08:01:25Z sev=0 pid=1 tid:i=0 | *x"},
		{"an empty text", "2014/10/29 08:01:25 [warn] 1#0: ", "2014-10-29T08:01:25Z sev=4 pid=1 tid:i=0"},
		{"an empty text without its blank", "2014/10/29 08:01:25 [warn] 1#0:", "2014-10-29T08:01:25Z sev=4 pid=1 tid:i=0"},
		{"upstream, IPv6", `2014/10/29 08:01:25 [crit] 9#0: *1 x, client: 2001:db8::1, server: , request: "GET /a?b", c HTTP/1.1", subrequest: "/s", upstream: "fastcgi://unix:/run/php.sock:", host: "h"`,
			`2014-10-29T08:01:25Z sev=2 pid=9 tid:i=0 connection:i=1 client=2001:db8::1(ipv6) server= request=GET /a?b", c HTTP/1.1 subrequest=/s upstream=fastcgi://unix:/run/php.sock: host=h | x, client: 2001:db8::1, server: , request: "GET /a?b", c HTTP/1.1", subrequest: "/s", upstream: "fastcgi://unix:/run/php.sock:", host: "h"`},
		{"stream module", `2014/10/29 08:01:25 [info] 9#0: *1 client disconnected, client: 10.0.0.1, server: 0.0.0.0:443, upstream: "10.0.0.2:80", bytes from/to client:0/0, bytes from/to upstream:0/0`,
			`2014-10-29T08:01:25Z sev=6 pid=9 tid:i=0 connection:i=1 client=10.0.0.1(ipv4) server=0.0.0.0:443 upstream=10.0.0.2:80 | client disconnected, client: 10.0.0.1, server: 0.0.0.0:443, upstream: "10.0.0.2:80", bytes from/to client:0/0, bytes from/to upstream:0/0`},
		{"a path that looks like a client", `2014/10/29 08:01:25 [error] 9#0: *1 open() "/a, client: me" failed, client: 10.0.0.1, server: h`,
			`2014-10-29T08:01:25Z sev=3 pid=9 tid:i=0 connection:i=1 client=10.0.0.1(ipv4) server=h | open() "/a, client: me" failed, client: 10.0.0.1, server: h`},
		{"a request that was cut", `2014/10/29 08:01:25 [error] 9#0: *1 x, client: 10.0.0.1, request: "GET /long`, `2014-10-29T08:01:25Z sev=3 pid=9 tid:i=0 connection:i=1 client=10.0.0.1(ipv4) request=GET /long | x, client: 10.0.0.1, request: "GET /long`},
		{"several lines", "2014/10/29 08:01:25 [error] 9#0: *1 FastCGI sent in stderr: \"PHP message: a\nb\" while reading, client: unix:, server: h\r\n",
			"2014-10-29T08:01:25Z sev=3 pid=9 tid:i=0 connection:i=1 client=unix: server=h | FastCGI sent in stderr: \"PHP message: a\nb\" while reading, client: unix:, server: h"},
	} {
		d := nginx(t, NginxConfig{TZ: "UTC"})
		for range 2 { // with and without the minute kept
			got, err := decodetest.One(t, d, tt.rec)
			if err != nil || decodetest.Show(got) != tt.want {
				t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, decodetest.Show(got), tt.want)
			}
		}
	}
	got, err := decodetest.One(t, nginx(t, NginxConfig{TZ: "Etc/GMT-2", Type: "nginx.error", PayloadKeep: true}), "2014/10/29 08:01:25 [debug] 1#1: x\n")
	if s := decodetest.Show(got); err != nil || s != "2014-10-29T06:01:25Z type=nginx.error pid=1 tid:i=1 msg=x | 2014/10/29 08:01:25 [debug] 1#1: x" {
		t.Errorf("options: %s, %v", s, err)
	}
}

func TestApache(t *testing.T) {
	for _, tt := range []struct{ name, rec, want string }{
		{"2.2", "[Wed Oct 11 14:32:52 2000] [error] [client 127.0.0.1] client denied by server configuration: /export/home/live/ap/htdocs/test\n",
			"2000-10-11T14:32:52Z sev=3 client=127.0.0.1(ipv4) | client denied by server configuration: /export/home/live/ap/htdocs/test"},
		{"2.2 without client", "[Sat Oct  1 06:25:02 2016] [notice] caught SIGTERM, shutting down", "2016-10-01T06:25:02Z sev=5 | caught SIGTERM, shutting down"},
		{"2.4", "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187] File does not exist: /usr/local/apache2/htdocs/favicon.ico",
			"2011-09-09T10:42:29.902022Z sev=3 pid=35708 module=core tid:i=4328636416 client=72.15.99.187(ipv4) | File does not exist: /usr/local/apache2/htdocs/favicon.ico"},
		{"2.4 with all", "[Fri Sep 09 10:42:29.902022 2011] [-:trace8] [pid 1] util.c(12): (13)Permission denied: [client 2001:db8::1:40154] AH00035: access to / denied, referer: http://example.com/, x",
			"2011-09-09T10:42:29.902022Z pid=1 source=util.c(12) errno:i=13 error=Permission denied client=2001:db8::1(ipv6) client_port:i=40154 code=AH00035 referer=http://example.com/, x | AH00035: access to / denied, referer: http://example.com/, x"},
		{"2.4 with a port", "[Fri Sep 09 10:42:29.902022 2011] [ssl:warn] [pid 1:tid 2] [remote 10.0.0.2:443] AH01: x", "2011-09-09T10:42:29.902022Z sev=4 pid=1 module=ssl tid:i=2 remote=10.0.0.2:443 | AH01: x"},
		{"a text in brackets", "[Fri Sep 09 10:42:29 2011] [:error] [pid 1:tid 2] [client 10.0.0.1:1] [client 10.9.9.9] ModSecurity: x", "2011-09-09T10:42:29Z sev=3 pid=1 tid:i=2 client=10.0.0.1(ipv4) client_port:i=1 | [client 10.9.9.9] ModSecurity: x"},
		{"ISO time", "[2026-11-25 13:00:00.25] [mpm_event:notice] [pid 7:tid 8] AH00489: configured", "2026-11-25T13:00:00.25Z sev=5 pid=7 module=mpm_event tid:i=8 code=AH00489 | AH00489: configured"},
		{"a negative error", "[Wed Oct 11 14:32:52 2000] [crit] (-2)Name or service not known: x", "2000-10-11T14:32:52Z sev=2 errno:i=-2 error=Name or service not known | x"},
		{"no text", "[Wed Oct 11 14:32:52 2000] [debug]", "2000-10-11T14:32:52Z"},
		{"a host name", "[Wed Oct 11 14:32:52 2000] [info] [client host.example:80] x", "2000-10-11T14:32:52Z sev=6 client=host.example client_port:i=80 | x"},
	} {
		d := apache(t, ApacheConfig{TZ: "UTC"})
		got, err := decodetest.One(t, d, tt.rec)
		if err != nil || decodetest.Show(got) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, decodetest.Show(got), tt.want)
		}
	}
	got, err := decodetest.One(t, apache(t, ApacheConfig{TZ: "Etc/GMT-2", Type: "apache.error", PayloadKeep: true}), "[Wed Oct 11 14:32:52 2000] [warn] x")
	if s := decodetest.Show(got); err != nil || s != "2000-10-11T12:32:52Z type=apache.error sev=4 msg=x | [Wed Oct 11 14:32:52 2000] [warn] x" {
		t.Errorf("options: %s, %v", s, err)
	}
}

func TestRefused(t *testing.T) {
	n, a := nginx(t, NginxConfig{TZ: "UTC"}), apache(t, ApacheConfig{TZ: "UTC"})
	for _, tt := range []struct {
		d    plugin.Decoder
		rec  string
		want error
	}{
		{n, "", errNginxTime},
		{n, "2014/13/29 08:01:25 [error] 1#1: x", errNginxTime},
		{n, "2014/02/30 08:01:25 [error] 1#1: x", errNginxTime},
		{n, "2014/02/20 08:01:2", errNginxTime},
		{n, "2014/02/20 08:01:99 [error] 1#1: x", errNginxTime},
		{n, "2014/02/20 08:01:25", errNginxLevel},
		{n, "2014/02/20 08:01:25 [fatal] 1#1: x", errNginxLevel},
		{n, "2014/02/20 08:01:25 [error", errNginxLevel},
		{n, "2014/02/20 08:01:25 [error]", errNginxLevel},
		{n, "2014/02/20 08:01:25 [error] x", errNginxPid},
		{n, "2014/02/20 08:01:25 [error] 1#: x", errNginxPid},
		{n, "2014/02/20 08:01:25 [error] 1#1 x", errNginxPid},
		{n, "2014/02/20 08:01:25 [error] 9999999999#1: x", errNginxPid},
		{a, "", errApacheTime},
		{a, "[]", errApacheTime},
		{a, "[Wed Oct 11 14:32:52] [error] x", errApacheTime},
		{a, "sh: command not found", errApacheTime},
		{a, "[Wed Oct 11 14:32:52 2000]", errApacheLevel},
		{a, "[Wed Oct 11 14:32:52 2000] [fatal] x", errApacheLevel},
		{a, "[Wed Oct 11 14:32:52 2000] [core:trace9] x", errApacheLevel},
	} {
		if _, err := decodetest.One(t, tt.d, tt.rec); err != tt.want {
			t.Errorf("%q: %v, want %v", tt.rec, err, tt.want)
		}
	}
	plugintest.BadOption(t, NginxConfig{TZ: "Nowhere"}, "tz")
	plugintest.BadOption(t, ApacheConfig{TZ: "Nowhere"}, "tz")
}

const apacheLine = "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328636416] [client 72.15.99.187:40154] AH00128: File does not exist: /usr/local/apache2/htdocs/favicon.ico"

func TestAllocs(t *testing.T) {
	decodetest.Allocs(t, nginx(t, NginxConfig{TZ: "Local"}), nginxLine)
	decodetest.Allocs(t, apache(t, ApacheConfig{TZ: "Local"}), apacheLine)
}

func FuzzNginx(f *testing.F) {
	decodetest.Fuzz(f, nginx(f, NginxConfig{TZ: "UTC", PayloadKeep: true}), nginxLine, "2014/10/29 08:01:25 [warn] 1#0:", `2014/10/29 08:01:25 [error] 9#0: *1 x, client: 10.0.0.1, request: "GET /long`)
}

func FuzzApache(f *testing.F) {
	decodetest.Fuzz(f, apache(f, ApacheConfig{TZ: "UTC"}), apacheLine, "[Fri Sep 09 10:42:29.902022 2011] [-:trace8] [pid 1] util.c(12): (13)P: [client ::1:5] AH00035: x, referer: y")
}

func BenchmarkNginx(b *testing.B) { decodetest.Bench(b, nginx(b, NginxConfig{TZ: "UTC"}), nginxLine) }
func BenchmarkApache(b *testing.B) {
	decodetest.Bench(b, apache(b, ApacheConfig{TZ: "UTC"}), apacheLine)
}
