package accesslog

import (
	"fmt"
	"strings"

	"github.com/heka-project/heka/internal/stamp"
)

// apache compiles a LogFormat of Apache: %x, %<x, %>x and %[!]nnn,nnn{arg}x
// among fixed text, in which a backslash escapes.
func (f *format) apache(text string) error {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			b, n := escaped(text[i:])
			f.literal(b)
			i += n
		case c == '%':
			n, err := f.directive(text[i:])
			if err != nil {
				return err
			}
			i += n
		default:
			f.literal(c)
			i++
		}
	}
	return nil
}

// escaped reads the escape that opens s.
func escaped(s string) (c byte, n int) {
	switch c := s[1]; c {
	case 't':
		return '\t', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	default:
		v, k := 0, 1
		for k < len(s) && k < 4 && s[k]-'0' <= 9 {
			v = v*10 + int(s[k]-'0')
			k++
		}
		if k == 4 && v < 256 {
			return byte(v), 4
		}
		return c, 2
	}
}

// directive compiles the directive that opens s and returns its length.
func (f *format) directive(s string) (int, error) {
	i := 1
	for i < len(s) && (s[i] == '<' || s[i] == '>' || s[i] == '!' || s[i] == ',' || s[i]-'0' <= 9) {
		i++
	}
	arg := ""
	if i < len(s) && s[i] == '{' {
		end := strings.IndexByte(s[i:], '}')
		if end < 0 {
			return 0, fmt.Errorf("%q has no closing }", s)
		}
		arg = s[i+1 : i+end]
		i += end + 1
	}
	if i < len(s) && (s[i] == '<' || s[i] == '>') {
		i++
	}
	if i == len(s) {
		return 0, fmt.Errorf("directive %q has no letter", s)
	}
	if s[i] == '%' {
		f.literal('%')
		return i + 1, nil
	}
	p, err := apachePart(s[i], arg)
	if err != nil {
		return 0, fmt.Errorf("directive %q: %w", s[:i+1], err)
	}
	p.as = s[:i+1]
	if s[i] == 't' && arg == "" {
		f.literal('[')
		f.parts = append(f.parts, p)
		f.literal(']')
		return i + 1, nil
	}
	f.parts = append(f.parts, p)
	return i + 1, nil
}

var letters = map[byte]part{
	'a': {kind: kHost, name: "remote_addr"},
	'A': {kind: kHost, name: "server_addr"},
	'B': {kind: kSize, name: "body_bytes_sent", repr: "B"},
	'b': {kind: kSize, name: "body_bytes_sent", repr: "B"},
	'D': {kind: kInt, name: "request_time", repr: "us"},
	'T': {kind: kInt, name: "request_time", repr: "s"},
	'f': {name: "request_filename"},
	'L': {name: "request_log_id"},
	'q': {kind: kQuery, name: "query_string"},
	'r': {name: "request"},
	'R': {name: "request_handler"},
	'U': {name: "uri"},
	'h': {kind: kHost, name: "remote_addr"},
	'H': {name: "server_protocol"},
	'm': {name: "request_method"},
	'k': {kind: kInt, name: "connection_requests"},
	'l': {name: "remote_user"},
	'u': {name: "remote_user"},
	'p': {kind: kInt, name: "server_port"},
	'P': {kind: kInt, name: "pid"},
	's': {kind: kStatus, name: "status"},
	't': {kind: kCLF},
	'v': {kind: kHost, name: "server_name"},
	'V': {kind: kHost, name: "server_name"},
	'X': {kind: kToken, name: "connection_status"},
	'I': {kind: kInt, name: "request_length", repr: "B"},
	'O': {kind: kInt, name: "response_length", repr: "B"},
	'S': {kind: kInt, name: "total_length", repr: "B"},
}

func apachePart(letter byte, arg string) (part, error) {
	switch letter {
	case 'C':
		return part{name: "cookie_" + arg}, needs(arg)
	case 'e':
		return part{name: "env_" + arg}, needs(arg)
	case 'n':
		return part{name: "module_" + arg}, needs(arg)
	case 'i':
		name := "http_" + strings.ReplaceAll(strings.ToLower(arg), "-", "_")
		return part{name: name, agent: name == "http_user_agent"}, needs(arg)
	case 'o':
		return part{name: "sent_http_" + strings.ReplaceAll(strings.ToLower(arg), "-", "_")}, needs(arg)
	}
	p, ok := letters[letter]
	if !ok {
		return p, fmt.Errorf("%%%c is not known; write %%%% for a percent sign", letter)
	}
	if arg == "" {
		return p, nil
	}
	switch string(letter) + " " + arg {
	case "a c", "h c", "p canonical", "p local", "P pid", "T s":
	case "p remote":
		p.name = "remote_port"
	case "P tid":
		p.name = "tid"
	case "P hextid":
		p.kind, p.name = kHex, "tid"
	case "T ms", "T us":
		p.repr = arg
	default:
		if letter == 't' {
			return timePart(arg)
		}
		return p, fmt.Errorf("%%%c has no argument {%s}", letter, arg)
	}
	return p, nil
}

func needs(arg string) error {
	if arg == "" {
		return fmt.Errorf("it needs a name in braces, as in %%{name}i")
	}
	return nil
}

// timePart compiles the argument of %{…}t.
func timePart(arg string) (part, error) {
	arg = strings.TrimPrefix(strings.TrimPrefix(arg, "begin:"), "end:")
	switch arg {
	case "", "sec":
		return part{kind: kEpoch}, nil
	case "msec":
		return part{kind: kEpochMS}, nil
	case "usec":
		return part{kind: kEpochUS}, nil
	case "msec_frac":
		return part{kind: kFracMS, name: "sec_frac"}, nil
	case "usec_frac":
		return part{kind: kFracUS, name: "sec_frac"}, nil
	}
	l, err := stamp.NewLayout(arg)
	return part{kind: kLayout, layout: l}, err
}
