package jsonflat

// maxNesting is how deep values may lie in each other.
const maxNesting = 1000

// skip reads any value at b[i:] and returns the offset past it, or -1 and where it
// is damaged. It keeps the kinds of open brackets in a bit each.
func skip(b []byte, i int) (end, at int) {
	var object [maxNesting/64 + 1]uint64
	depth := 0
	for {
		i = space(b, i)
		if i >= len(b) {
			return -1, i
		}
		// a value
		switch c := b[i]; {
		case c == '"':
			end, _, at := text(b, i+1)
			if end < 0 {
				return -1, at
			}
			i = end + 1
		case c == '{' || c == '[':
			if depth >= maxNesting {
				return -1, i
			}
			bit := uint64(1) << (depth & 63)
			object[depth>>6] &^= bit
			k := space(b, i+1)
			if c == '{' {
				object[depth>>6] |= bit
			}
			depth++
			if k < len(b) && (c == '{' && b[k] == '}' || c == '[' && b[k] == ']') {
				depth--
				i = k + 1
				break
			}
			if c == '{' {
				if i = key(b, k); i < 0 {
					return -1, k
				}
				continue
			}
			i = k
			continue
		case c == '-' || c-'0' <= 9:
			kind, _, _, end := number(b, i)
			if kind == numBad {
				return -1, i
			}
			i = end
		default:
			n := word(b, i)
			if n == 0 {
				return -1, i
			}
			i += n
		}
		// what follows it
		for {
			if depth == 0 {
				return i, 0
			}
			i = space(b, i)
			if i >= len(b) {
				return -1, i
			}
			isObject := object[(depth-1)>>6]>>((depth-1)&63)&1 == 1
			if b[i] == ',' {
				i++
				if isObject {
					k := space(b, i)
					if i = key(b, k); i < 0 {
						return -1, k
					}
				}
				break
			}
			if isObject && b[i] == '}' || !isObject && b[i] == ']' {
				depth--
				i++
				continue
			}
			return -1, i
		}
	}
}

// key reads a key and its colon at b[i:] and returns the offset past them, or -1.
func key(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	end, _, _ := text(b, i+1)
	if end < 0 {
		return -1
	}
	if i = space(b, end+1); i >= len(b) || b[i] != ':' {
		return -1
	}
	return i + 1
}

// word is the length of true, false or null at b[i:].
func word(b []byte, i int) int {
	switch rest := b[i:]; {
	case len(rest) >= 4 && (string(rest[:4]) == "true" || string(rest[:4]) == "null"):
		return 4
	case len(rest) >= 5 && string(rest[:5]) == "false":
		return 5
	}
	return 0
}

// Value reads one JSON value at b[i:] and returns the offset past it, -1 when it
// is damaged.
func Value(b []byte, i int) int {
	end, _ := skip(b, i)
	return end
}
