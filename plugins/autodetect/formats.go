package autodetect

import (
	"bytes"

	"github.com/heka-project/heka/internal/stamp"
)

// format is one that can be told by its looks.
type format struct {
	name, typ, options string
	zoned              bool // the decoder has the option tz
	keeps              bool // and payload_keep
	looks              func(b []byte) bool
}

const common = `Timestamp = ["timestamp", "@timestamp", "time", "ts", "datetime", "date"]
Severity = ["severity", "level", "lvl", "loglevel", "log.level", "log_level"]
Payload = ["message", "msg"]
`

// pino and bunyan number their levels from 10 to 60.
const jsonOptions = common + `Hostname = ["hostname", "host"]
Pid = ["pid"]
severity_map = { 10 = 7, 20 = 7, 30 = 6, 40 = 4, 50 = 3, 60 = 2 }
`

// formats are in the order in which they are looked for: the more is demanded of a
// record, the earlier.
var formats = []format{
	{name: "docker", typ: "DockerJsonDecoder", looks: isDocker},
	{name: "gelf", typ: "GelfDecoder", options: `Payload = "short_message"` + "\n", keeps: true, looks: isGELF},
	{name: "json", typ: "JsonDecoder", options: jsonOptions, zoned: true, keeps: true, looks: isJSON},
	{name: "cri", typ: "CriDecoder", looks: isCRI},
	{name: "cef", typ: "CefDecoder", zoned: true, keeps: true, looks: isCEF},
	{name: "syslog", typ: "SyslogDecoder", zoned: true, keeps: true, looks: isSyslog},
	{name: "nginx_error", typ: "NginxErrorDecoder", zoned: true, keeps: true, looks: isNginxError},
	{name: "apache_error", typ: "ApacheErrorDecoder", zoned: true, keeps: true, looks: isApacheError},
	{name: "vhost_combined", typ: "AccessLogDecoder", options: "log_format = \"vhost_combined\"\n", zoned: true, keeps: true, looks: isVhost},
	{name: "combined", typ: "AccessLogDecoder", options: "log_format = \"combined\"\n", zoned: true, keeps: true, looks: isCombined},
	{name: "common", typ: "AccessLogDecoder", options: "log_format = \"common\"\n", zoned: true, keeps: true, looks: isCommon},
	{name: "logfmt", typ: "LogfmtDecoder", options: common, zoned: true, keeps: true, looks: isLogfmt},
	{name: "keyvalue", typ: "KeyValueDecoder", options: common + "bare = \"payload\"\n", zoned: true, keeps: true, looks: isKeyValue},
}

func isJSON(b []byte) bool {
	return len(b) >= 2 && b[0] == '{' && b[len(b)-1] == '}'
}

func isDocker(b []byte) bool {
	return bytes.HasPrefix(b, []byte(`{"log":"`)) && isJSON(b) &&
		bytes.Contains(b[len(b)/2:], []byte(`"time":"`)) && bytes.Contains(b, []byte(`,"stream":"std`))
}

func isGELF(b []byte) bool {
	if len(b) > 2 && (b[0] == 0x1e && b[1] == 0x0f || b[0] == 0x1f && b[1] == 0x8b || b[0] == 0x78 && (uint(b[0])<<8|uint(b[1]))%31 == 0) {
		return true
	}
	return isJSON(b) && bytes.Contains(b, []byte(`"short_message"`)) && bytes.Contains(b, []byte(`"host"`)) && bytes.Contains(b, []byte(`"version"`))
}

func isCRI(b []byte) bool {
	var p stamp.RFC3339
	if len(b) < 30 || b[4] != '-' {
		return false
	}
	n := bytes.IndexByte(b[:min(len(b), 40)], ' ')
	if n < 0 || !bytes.HasPrefix(b[n:], []byte(" stdout ")) && !bytes.HasPrefix(b[n:], []byte(" stderr ")) {
		return false
	}
	_, end := p.Parse(b)
	return end == n
}

func isCEF(b []byte) bool {
	at := bytes.Index(b[:min(len(b), 256)], []byte("EF:"))
	if at < 1 || at+4 >= len(b) || b[at+3]-'0' > 9 {
		return false
	}
	return b[at-1] == 'C' && b[at+4] == '|' || at > 1 && b[at-1] == 'E' && b[at-2] == 'L'
}

func isSyslog(b []byte) bool {
	if b[0] == '<' {
		end := bytes.IndexByte(b[:min(len(b), 5)], '>')
		return end > 1 && b[1]-'0' <= 9 && b[end-1]-'0' <= 9
	}
	if len(b) < 20 {
		return false
	}
	n := 0 // of the time
	switch {
	case b[3] == ' ' && b[0]-'A' <= 'Z'-'A' && (b[9] == ':' || b[8] == ':'):
		if n = bytes.IndexByte(b[9:], ' '); n < 0 {
			return false
		}
		n += 9
	case b[4] == '-' && b[10] == 'T':
		if n = bytes.IndexByte(b, ' '); n < 20 {
			return false
		}
	default:
		return false
	}
	// host and tag follow
	rest := b[n+1:]
	host := bytes.IndexByte(rest, ' ')
	if host <= 0 || host > 255 {
		return false
	}
	tag := rest[host+1:]
	if end := bytes.IndexByte(tag, ' '); end > 0 {
		tag = tag[:end]
	}
	return len(tag) > 1 && tag[len(tag)-1] == ':' && tag[0] != '['
}

func isNginxError(b []byte) bool {
	return len(b) > 25 && b[4] == '/' && b[7] == '/' && b[10] == ' ' && b[13] == ':' && b[19] == ' ' && b[20] == '[' &&
		bytes.Contains(b[21:min(len(b), 60)], []byte("#"))
}

func isApacheError(b []byte) bool {
	if len(b) < 30 || b[0] != '[' || b[4] != ' ' || b[8] != ' ' {
		return false
	}
	end := bytes.IndexByte(b[:min(len(b), 40)], ']')
	return end > 24 && bytes.HasPrefix(b[end:], []byte("] ["))
}

// clf returns the offset of an access log's time, or -1.
func clf(b []byte) int {
	var p stamp.CLF
	at := bytes.IndexByte(b[:min(len(b), 512)], '[')
	if at <= 0 || b[at-1] != ' ' || at+30 > len(b) || b[at+3] != '/' {
		return -1
	}
	if _, n := p.Parse(b[at+1:]); n == 0 || !bytes.HasPrefix(b[at+1+n:], []byte(`] "`)) {
		return -1
	}
	return at
}

func hasPort(b []byte) bool {
	word := b[:max(bytes.IndexByte(b, ' '), 0)]
	at := bytes.IndexByte(word, ':')
	return at > 0 && at == bytes.LastIndexByte(word, ':') && at+1 < len(word) && word[len(word)-1]-'0' <= 9
}

// agents reports whether quoted texts follow the request's: a line that was cut may
// lack the last quote.
func agents(b []byte) bool {
	at := clf(b)
	return at > 0 && bytes.Count(b[at:], []byte{'"'}) > 2
}

func isVhost(b []byte) bool    { return hasPort(b) && agents(b) }
func isCombined(b []byte) bool { return agents(b) }
func isCommon(b []byte) bool   { return clf(b) > 0 && !agents(b) }

// pairs counts the words of b and those that are key=value.
func pairs(b []byte) (words, n int) {
	for i := 0; i < len(b); {
		for i < len(b) && b[i] <= ' ' {
			i++
		}
		from := i
		for i < len(b) && isKey(b[i]) {
			i++
		}
		if i == len(b) && i == from {
			break
		}
		words++
		if i == from || i == len(b) || b[i] != '=' {
			for i < len(b) && b[i] > ' ' {
				i++
			}
			continue
		}
		n++
		if i++; i < len(b) && b[i] == '"' {
			for i++; i < len(b) && b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
			i++
		}
		for i < len(b) && b[i] > ' ' {
			i++
		}
	}
	return words, n
}

func isKey(c byte) bool {
	return c-'0' <= 9 || c|0x20-'a' <= 'z'-'a' || c == '_' || c == '.' || c == '-' || c == '/' || c == '@'
}

func isLogfmt(b []byte) bool {
	if !isKey(b[0]) {
		return false
	}
	words, n := pairs(b)
	return n >= 2 && n == words
}

func isKeyValue(b []byte) bool {
	words, n := pairs(b)
	return n >= 3 && 2*n >= words
}
