package accesslog

import (
	"strings"

	"github.com/heka-project/heka/message"
)

// agent is what a User-Agent header tells.
type agent struct {
	browser, os string
	version     int64 // -1 when unknown
}

var systems = []struct{ mark, name string }{
	{"iPod", "iPod"}, {"iPad", "iPad"}, {"iPhone", "iPhone"}, {"Android", "Android"},
	{"BlackBerry", "BlackBerry"}, {"Linux", "Linux"}, {"Macintosh", "Macintosh"},
	{"Mozilla/5.0 (Mobile;", "FirefoxOS"},
}

var windows = []struct{ version, name string }{
	{"10.0", "Windows 10"}, {"6.3", "Windows 8.1"}, {"6.2", "Windows 8"}, {"6.1", "Windows 7"},
	{"6.0", "Windows Vista"}, {"5.1", "Windows XP"}, {"5.0", "Windows 2000"},
}

// browsers in the order in which they are looked for, as many claim to be
// others. last: the version stands behind the last slash that a digit follows.
var browsers = []struct {
	mark, name string
	last       bool
}{
	{"Chrome/", "Chrome", false},
	{"Opera Mini", "Opera Mini", false},
	{"Opera Mobi", "Opera Mobi", false},
	{"Opera", "Opera", true},
	{"MSIE ", "MSIE", false},
	{"Safari", "Safari", true},
	{"Firefox/", "Firefox", false},
}

func parseAgent(ua string) agent {
	a := agent{version: -1}
	for _, s := range systems {
		if strings.Contains(ua, s.mark) {
			a.os = s.name
			break
		}
	}
	if a.os == "" {
		if _, nt, ok := strings.Cut(ua, "Windows NT "); ok {
			for _, w := range windows {
				if strings.HasPrefix(nt, w.version) {
					a.os = w.name
					break
				}
			}
		}
	}
	for _, b := range browsers {
		k := strings.Index(ua, b.mark)
		if k < 0 {
			continue
		}
		a.browser = b.name
		rest := strings.TrimPrefix(ua[k+len(b.mark):], "/")
		if b.last {
			rest = lastNumber(ua)
		}
		a.version = leading(rest)
		break
	}
	return a
}

// lastNumber returns what follows the last slash before a digit.
func lastNumber(ua string) string {
	for k := len(ua) - 2; k >= 0; k-- {
		if ua[k] == '/' && ua[k+1]-'0' <= 9 {
			return ua[k+1:]
		}
	}
	return ""
}

// leading reads the digits that open s, -1 when there are none or too many.
func leading(s string) int64 {
	v, k := int64(0), 0
	for ; k < len(s) && s[k]-'0' <= 9; k++ {
		if k == 18 {
			return -1
		}
		v = v*10 + int64(s[k]-'0')
	}
	if k == 0 {
		return -1
	}
	return v
}

// add makes fields of what is known.
func (a *agent) add(out *message.Builder) {
	if a.browser != "" {
		out.String("user_agent_browser", a.browser, "")
	}
	if a.version >= 0 {
		out.Int("user_agent_version", a.version, "")
	}
	if a.os != "" {
		out.String("user_agent_os", a.os, "")
	}
}
