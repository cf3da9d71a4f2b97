package match

import (
	"strconv"
	"strings"
)

// Error says what is wrong with a matcher, and what to write instead.
type Error struct {
	Pos  int    // offset in the source, in bytes
	What string // what is wrong, with the text as written
	Fix  string // what to write instead; never empty
}

// Column is the position counted from one, in bytes.
func (e *Error) Column() int { return e.Pos + 1 }

func (e *Error) Error() string {
	return "column " + strconv.Itoa(e.Column()) + ": " + e.What + "; " + e.Fix
}

// words are all that may begin a test or stand for one.
var words = []string{
	"Uuid", "Timestamp", "Type", "Logger", "Severity", "Payload", "EnvVersion", "Pid", "Hostname",
	"Fields", "TRUE", "FALSE", "NIL",
}

// aliases are names that people write for what the language calls otherwise.
var aliases = map[string]string{
	"host": "Hostname", "env": "EnvVersion", "version": "EnvVersion", "level": "Severity", "time": "Timestamp",
	"message": "Payload", "process": "Pid", "id": "Uuid", "source": "Logger", "null": "NIL", "none": "NIL",
	"yes": "TRUE", "no": "FALSE",
}

// nearest returns the known word that was probably meant, or "".
func nearest(s string) string {
	low := strings.ToLower(s)
	if w := aliases[low]; w != "" {
		return w
	}
	best, bestD := "", 3
	for _, w := range words {
		if d := distance(low, strings.ToLower(w)); d < bestD && d*2 < len(w) {
			best, bestD = w, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with a
// neighbour to make a into b. Long texts are far from everything.
func distance(a, b string) int {
	if len(a) > 24 || len(b) > 24 {
		return 24
	}
	var d [26][26]int
	for i := 0; i <= len(a); i++ {
		for j := 0; j <= len(b); j++ {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			case a[i-1] == b[j-1]:
				d[i][j] = d[i-1][j-1]
			default:
				d[i][j] = 1 + min(d[i-1][j-1], d[i-1][j], d[i][j-1])
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d[i][j] = min(d[i][j], 1+d[i-2][j-2])
				}
			}
		}
	}
	return d[len(a)][len(b)]
}
