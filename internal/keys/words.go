package keys

// Severity reads a severity: what severity_map says, else a number, else a name
// that is in use.
func (t *Table) Severity(v []byte) (int32, bool) {
	if t.severities != nil {
		if n, ok := t.severities[string(v)]; ok {
			return n, true
		}
	}
	return SeverityOf(v)
}

// SeverityOf reads a severity: a number, or a name that is in use, in any case.
func SeverityOf(v []byte) (int32, bool) {
	if n, ok := ParseInt(v); ok {
		return int32(n), n == int64(int32(n))
	}
	if len(v) == 0 || len(v) > 13 {
		return 0, false
	}
	var low [13]byte
	for i, c := range v {
		if c-'A' <= 'Z'-'A' {
			c |= 0x20
		}
		low[i] = c
	}
	switch string(low[:len(v)]) {
	case "emerg", "emergency", "panic":
		return 0, true
	case "alert":
		return 1, true
	case "crit", "critical", "fatal", "c", "f":
		return 2, true
	case "err", "error", "severe", "e":
		return 3, true
	case "warn", "warning", "w":
		return 4, true
	case "notice", "n":
		return 5, true
	case "info", "information", "informational", "log", "i":
		return 6, true
	case "debug", "trace", "verbose", "fine", "finer", "finest", "d", "t":
		return 7, true
	}
	return 0, false
}

// parseUUID reads 32 hexadecimal digits, with hyphens at their places or without,
// in braces or not.
func parseUUID(v []byte) (u [16]byte, ok bool) {
	if n := len(v); n == 38 && v[0] == '{' && v[n-1] == '}' {
		v = v[1 : n-1]
	}
	if len(v) != 32 && len(v) != 36 {
		return u, false
	}
	k := 0
	for i, c := range v {
		if len(v) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' {
				return u, false
			}
			continue
		}
		var d byte
		switch {
		case c-'0' <= 9:
			d = c - '0'
		case c|0x20-'a' <= 5:
			d = c | 0x20 - 'a' + 10
		default:
			return u, false
		}
		u[k/2] = u[k/2]<<4 | d
		k++
	}
	return u, true
}
