package accesslog

import (
	"strings"

	"github.com/heka-project/heka/internal/stamp"
)

// nginx compiles a log_format of nginx: $name and ${name} among fixed text.
func (f *format) nginx(text string) error {
	for i := 0; i < len(text); {
		n := variableAt(text, i)
		if n == 0 {
			f.literal(text[i])
			i++
			continue
		}
		as := text[i : i+n]
		p := nginxPart(strings.Trim(as, "${}"))
		p.as = as
		f.parts = append(f.parts, p)
		i += n
	}
	return nil
}

// variableAt returns the length of the variable at text[i:], 0 when there is none.
func variableAt(text string, i int) int {
	if text[i] != '$' {
		return 0
	}
	k := i + 1
	if k < len(text) && text[k] == '{' {
		if end := strings.IndexByte(text[k:], '}'); end > 1 {
			return k + end + 1 - i
		}
		return 0
	}
	for k < len(text) && isName(text[k]) {
		k++
	}
	if k == i+1 {
		return 0
	}
	return k - i
}

func hasVariable(text string) bool {
	for i := range len(text) {
		if variableAt(text, i) > 0 {
			return true
		}
	}
	return false
}

// nginxPart knows the variables that are more than text.
func nginxPart(name string) part {
	p := part{name: name}
	switch name {
	case "body_bytes_sent", "bytes_sent":
		p.kind, p.repr = kSize, "B"
	case "content_length", "request_length":
		p.kind, p.repr = kInt, "B"
	case "connection", "connection_requests", "pid", "remote_port", "server_port",
		"tcpinfo_rtt", "tcpinfo_rttvar", "tcpinfo_snd_cwnd", "tcpinfo_rcv_space":
		p.kind = kInt
	case "status":
		p.kind = kStatus
	case "request_time":
		p.kind, p.repr = kDecimal, "s"
	case "host", "hostname", "remote_addr", "server_addr", "server_name", "proxy_protocol_addr":
		p.kind = kHost
	case "time_local":
		p.kind, p.name = kCLF, ""
	case "time_iso8601":
		p.kind, p.name = kISO, ""
	case "msec":
		p.kind, p.name = kEpoch, ""
	case "is_args":
		p.kind = kMark
	case "upstream_addr":
		p.kind = kAddrs
	case "upstream_response_length":
		p.kind, p.repr = kInts, "B"
	case "upstream_status":
		p.kind = kZeros
	case "upstream_response_time", "upstream_connect_time", "upstream_header_time":
		p.kind, p.repr = kDecimals, "s"
	case "upstream_cache_last_modified":
		p.kind, p.repr = kDate, "ns"
		p.layout, _ = stamp.NewLayout("%a, %d %b %Y %T GMT")
	case "http_user_agent":
		p.agent = true
	case "pipe", "request_completion", "https":
		p.kind = kToken
	}
	return p
}
