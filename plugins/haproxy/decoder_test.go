package haproxy

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestContract(t *testing.T) { plugintest.Run(t, "HaproxyDecoder", "") }

func newDecoder(t testing.TB, cfg Config) plugin.Decoder {
	t.Helper()
	if cfg.TZ == "" {
		cfg.TZ = "UTC"
	}
	d, err := New(cfg, plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const (
	httpLine = `10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu|Mozilla/5.0 (X11)} {} "GET /index.html HTTP/1.1"`
	tcpLine  = `10.0.1.2:33313 [06/Feb/2009:12:12:51.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0`
	clfLine  = `127.0.0.1 - - [09/Jul/2026:11:08:14 +0200] "GET / HTTP/1.1" 200 2750 "" "" 33317 655 "http-in" "static" "srv1" 10 0 30 69 109 "----" 1 1 1 1 0 0 0 "a=1" "" "{1wt.eu}" "{}"`
)

func TestDecode(t *testing.T) {
	const front = "2009-02-06T12:14:14.655Z remote_addr=10.0.1.2(ipv4) remote_port:i=33317 "
	for _, tt := range []struct {
		name string
		cfg  Config
		rec  string
		want string
	}{
		{"HTTP", Config{}, httpLine, front + "frontend_name=http-in backend_name=static server_name=srv1 Tq:i=10(ms) Tw:i=0(ms) Tc:i=30(ms) Tr:i=69(ms) Tt:i=109(ms) status:i=200 bytes_read:i=2750(B) termination_state=---- " +
			"actconn:i=1 feconn:i=1 beconn:i=1 srv_conn:i=1 retries:i=0 srv_queue:i=0 backend_queue:i=0 captured_request_headers=[1wt.eu Mozilla/5.0 (X11)] request=GET /index.html HTTP/1.1 request_method=GET uri=/index.html server_protocol=HTTP/1.1"},
		{"HTTP, headers with names, the syslog tag", Config{RequestHeaders: []string{"Host"}, ResponseHeaders: []string{"X-Cache", "Server"}}, "haproxy[14389]: " +
			`10.0.1.2:33317 [06/Feb/2009:12:14:14.655] in~ b/<NOSRV> -1/-1/-1/-1/+0 -1 +0 a=1 b=2 PR-- 1/1/1/1/+2 0/0 {h|x} {|s} "<BADREQ>"`,
			"2009-02-06T12:14:14.655Z pid=14389 remote_addr=10.0.1.2(ipv4) remote_port:i=33317 frontend_name=in ssl:bo=true backend_name=b server_name=<NOSRV> Tq:i=-1(ms) Tw:i=-1(ms) Tc:i=-1(ms) Tr:i=-1(ms) Tt:i=0(ms) status:i=-1 bytes_read:i=0(B) " +
				"captured_request_cookie=a=1 captured_response_cookie=b=2 termination_state=PR-- actconn:i=1 feconn:i=1 beconn:i=1 srv_conn:i=1 retries:i=2 redispatched:bo=true srv_queue:i=0 backend_queue:i=0 http_host=h captured_request_headers=x sent_http_server=s request=<BADREQ> partial:bo=true"},
		{"a line of a syslog file", Config{}, "Dec  9 13:01:26 localhost haproxy[28029]: 127.0.0.1:34550 [15/Oct/2003:15:19:06.103] px-http/1: SSL handshake failure", "2003-10-15T15:19:06.103Z sev=6 pid=28029 remote_addr=127.0.0.1(ipv4) remote_port:i=34550 frontend_name=px-http bind_name=1 error=SSL handshake failure | SSL handshake failure"},
		{"HTTPS", Config{}, `[::1]:5 [06/Feb/2009:12:14:14.655] f b/s 1/2/3/4/5 200 6 - - ---- 1/1/1/1/0 0/0 "GET /a b HTTP/1.1" 0/0/0/0/0 1wt.eu/TLSv1.3/TLS_AES_256_GCM_SHA384`,
			"2009-02-06T12:14:14.655Z remote_addr=[::1] remote_port:i=5 frontend_name=f backend_name=b server_name=s Tq:i=1(ms) Tw:i=2(ms) Tc:i=3(ms) Tr:i=4(ms) Tt:i=5(ms) status:i=200 bytes_read:i=6(B) termination_state=---- " +
				"actconn:i=1 feconn:i=1 beconn:i=1 srv_conn:i=1 retries:i=0 srv_queue:i=0 backend_queue:i=0 request=GET /a b HTTP/1.1 request_method=GET uri=/a b server_protocol=HTTP/1.1 ssl_sni=1wt.eu ssl_version=TLSv1.3 ssl_cipher=TLS_AES_256_GCM_SHA384"},
		{"HTTP, cut in the request", Config{ResponseHeaders: []string{"Via"}}, `2001:db8::1:5 [06/Feb/2009:12:14:14.655] f b/s 1/2/3/4/5 200 6 - - ---- 1/1/1/1/0 0/0 {v} "GET /long`,
			"2009-02-06T12:14:14.655Z remote_addr=2001:db8::1(ipv6) remote_port:i=5 frontend_name=f backend_name=b server_name=s Tq:i=1(ms) Tw:i=2(ms) Tc:i=3(ms) Tr:i=4(ms) Tt:i=5(ms) status:i=200 bytes_read:i=6(B) termination_state=---- " +
				"actconn:i=1 feconn:i=1 beconn:i=1 srv_conn:i=1 retries:i=0 srv_queue:i=0 backend_queue:i=0 sent_http_via=v request=GET /long request_method=GET uri=/long"},
		{"TCP", Config{}, tcpLine + "\n", "2009-02-06T12:12:51.443Z remote_addr=10.0.1.2(ipv4) remote_port:i=33313 frontend_name=fnt backend_name=bck server_name=srv1 Tw:i=0(ms) Tc:i=0(ms) Tt:i=5007(ms) bytes_read:i=212(B) termination_state=-- " +
			"actconn:i=0 feconn:i=0 beconn:i=0 srv_conn:i=0 retries:i=3 srv_queue:i=0 backend_queue:i=0"},
		{"CLF", Config{RequestHeaders: []string{"Host"}}, clfLine, "2026-07-09T09:08:14.655Z remote_addr=127.0.0.1(ipv4) status:i=200 bytes_read:i=2750(B) remote_port:i=33317 frontend_name=http-in backend_name=static server_name=srv1 " +
			"Tq:i=10(ms) Tw:i=0(ms) Tc:i=30(ms) Tr:i=69(ms) Tt:i=109(ms) termination_state=---- actconn:i=1 feconn:i=1 beconn:i=1 srv_conn:i=1 retries:i=0 srv_queue:i=0 backend_queue:i=0 captured_request_cookie=a=1 http_host=1wt.eu request=GET / HTTP/1.1 request_method=GET uri=/ server_protocol=HTTP/1.1"},
		{"CLF, the state without quotes", Config{RequestHeaders: []string{"Host"}}, strings.Replace(clfLine, `"----"`, "----", 1), "2026-07-09T09:08:14.655Z remote_addr=127.0.0.1(ipv4) status:i=200 bytes_read:i=2750(B) remote_port:i=33317 frontend_name=http-in backend_name=static server_name=srv1 " +
			"Tq:i=10(ms) Tw:i=0(ms) Tc:i=30(ms) Tr:i=69(ms) Tt:i=109(ms) termination_state=---- actconn:i=1 feconn:i=1 beconn:i=1 srv_conn:i=1 retries:i=0 srv_queue:i=0 backend_queue:i=0 captured_request_cookie=a=1 http_host=1wt.eu request=GET / HTTP/1.1 request_method=GET uri=/ server_protocol=HTTP/1.1"},
		{"an error", Config{}, "127.0.0.1:34550 [15/Oct/2003:15:19:06.103] px-http/1: SSL handshake failure", "2003-10-15T15:19:06.103Z sev=6 remote_addr=127.0.0.1(ipv4) remote_port:i=34550 frontend_name=px-http bind_name=1 error=SSL handshake failure | SSL handshake failure"},
		{"a connection", Config{TZ: "UTC"}, "Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP)", "1970-01-01T00:00:00Z remote_addr=10.0.1.2(ipv4) remote_port:i=33312 server_addr=10.0.3.31 server_port:i=8012 frontend_name=www mode=HTTP"},
		{"options", Config{TZ: "Etc/GMT-2", Type: "haproxy", PayloadKeep: true}, "unix:1 [15/Oct/2003:15:19:06.103] px/b: x", "2003-10-15T13:19:06.103Z type=haproxy sev=6 remote_addr=unix remote_port:i=1 frontend_name=px bind_name=b error=x | unix:1 [15/Oct/2003:15:19:06.103] px/b: x"},
	} {
		got, err := decodetest.One(t, newDecoder(t, tt.cfg), tt.rec)
		if err != nil || decodetest.Show(got) != tt.want {
			t.Errorf("%s: %v\n got %s\nwant %s", tt.name, err, decodetest.Show(got), tt.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for rec, want := range map[string]error{
		"":                                                     errNone,
		"Proxy http-in started.":                               errNone,
		"Connect from a to b":                                  errNone,
		"1.2.3.4:5 [06/Feb/2009:12:14]":                        errTime,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655]":                 errTime,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f":               errProxy,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s":           errProxy,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s 1/2 200":   errProxy,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s 1/x/3 200": errProxy,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f: x":            errProxy,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s 1/2/3 200 - 0/0/0/0/0 0/0":           errTCP,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s 1/2/3 200 -- 0/0/0/0/0":              errTCP,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s 1/2/3/4/5 200":                       errHTTP,
		"1.2.3.4:5 [06/Feb/2009:12:14:14.655] f b/s 1/2/3/4/5 200 1 - - -- 1/1/1/1/1 0/": errHTTP,
		"1.2.3.4 - - [06/Feb/2009:12:14:14 +0000] \"x":                                   errCLF,
		"1.2.3.4 - - [06/Feb/2009:12:14:14 +0000] \"x\" 200 1 \"\" \"\" 1 1000":          errCLF,
	} {
		if _, err := decodetest.One(t, newDecoder(t, Config{}), rec); err != want {
			t.Errorf("%q: %v, want %v", rec, err, want)
		}
	}
	plugintest.BadOption(t, Config{TZ: "Nowhere"}, "tz")
}

func TestAllocs(t *testing.T) {
	d := newDecoder(t, Config{TZ: "Local"})
	for _, rec := range []string{httpLine, tcpLine, clfLine} {
		decodetest.Allocs(t, d, rec)
	}
}

func FuzzDecode(f *testing.F) {
	decodetest.Fuzz(f, newDecoder(f, Config{RequestHeaders: []string{"Host"}}), httpLine, tcpLine, clfLine, "127.0.0.1:34550 [15/Oct/2003:15:19:06.103] px-http/1: SSL handshake failure", "Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP)")
}

func BenchmarkHTTP(b *testing.B) { decodetest.Bench(b, newDecoder(b, Config{}), httpLine) }
