package cjson

// expected raises that something else stands here.
func (d *decoder) expected(what string) { d.found(what, d.token(what)) }

// found raises the error of the C library about a token.
func (d *decoder) found(what, token string) {
	d.c.Errorf("Expected %s but found %s at character %d", what, token, d.i+1)
}

// token names what stands here, as the C library does.
func (d *decoder) token(what string) string {
	switch d.space() {
	case 0:
		return "T_END"
	case '{':
		return "T_OBJ_BEGIN"
	case '}':
		return "T_OBJ_END"
	case '[':
		return "T_ARR_BEGIN"
	case ']':
		return "T_ARR_END"
	case ':':
		return "T_COLON"
	case ',':
		return "T_COMMA"
	case '"':
		at := d.i
		if _, simple := d.text(what); !simple {
			d.escaped(what) // a string that is not well formed is the error itself
		}
		d.i = at
		return "T_STRING"
	case 't':
		if d.ahead("true") {
			return "T_BOOLEAN"
		}
	case 'f':
		if d.ahead("false") {
			return "T_BOOLEAN"
		}
	case 'n':
		if d.ahead("null") {
			return "T_NULL"
		}
	}
	if bad := d.numeric(); bad != nil {
		return *bad
	}
	return "T_NUMBER"
}

func (d *decoder) ahead(w string) bool {
	at := d.i
	ok := d.word(w)
	d.i = at
	return ok
}
