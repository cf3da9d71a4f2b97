package accesslog

import "strings"

// unpack takes a format out of the directive that it stands in, as people copy it
// from the web server's configuration:
//
//	log_format main '$remote_addr - $remote_user '   '"$request"';
//	LogFormat "%h %l %u %t \"%r\" %>s %b" common
//
// Anything else is returned as it is.
func unpack(text string) string {
	text = strings.TrimSpace(text)
	first, rest, _ := strings.Cut(text, " ")
	switch first {
	case "LogFormat":
		if inner, _, ok := quoted(strings.TrimSpace(rest)); ok {
			return inner
		}
	case "log_format":
		// The name, and escape=… where it is given, come before the first quote.
		if k := strings.IndexAny(rest, `'"`); k > 0 {
			return joined(text, rest[k:])
		}
	default:
		if strings.HasPrefix(text, "'") {
			return joined(text, text)
		}
	}
	return text
}

// joined puts the quoted pieces of s together; text when s is not made of them.
func joined(text, s string) string {
	var b strings.Builder
	for s = strings.TrimSpace(s); s != "" && s != ";"; {
		inner, rest, ok := quoted(s)
		if !ok {
			return text
		}
		b.WriteString(inner)
		s = strings.TrimSpace(rest)
	}
	return b.String()
}

// quoted returns what stands in the quotes that open s, escapes and all, and what
// follows them.
func quoted(s string) (inner, rest string, ok bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return "", "", false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case s[0]:
			return s[1:i], s[i+1:], true
		}
	}
	return "", "", false
}
