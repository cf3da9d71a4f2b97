package httpx

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// RetryAfter reads the header of that name: seconds or a date. 0 when it is
// missing, damaged or past; never more than max.
func RetryAfter(h http.Header, now time.Time, max time.Duration) time.Duration {
	text := h.Get("Retry-After")
	if text == "" {
		return 0
	}
	var d time.Duration
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		d = at.Sub(now)
	}
	if d < 0 {
		return 0
	}
	if d > max {
		return max
	}
	return d
}

// Equal compares secrets in a time that depends on neither content nor length.
func Equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// HeaderProblem says what is wrong with a header as a configuration gives it, ""
// when nothing is.
func HeaderProblem(name, value string) string {
	if name == "" {
		return "has no name"
	}
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?={}`, c) >= 0 {
			return "has a name with a sign that no header name may hold"
		}
	}
	for _, c := range []byte(value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return "has a value with a control character"
		}
	}
	return ""
}
