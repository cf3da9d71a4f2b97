package stamp

import "time"

// abbreviations knows what the short names of zones stand for: those of one zone
// first, then those that mean the same everywhere.
type abbreviations struct {
	loc  *time.Location
	name [2]string
	off  [2]int64
}

// find returns the offset of a short name. Names are given as they stand, in
// capitals.
func (a *abbreviations) find(name []byte, loc *time.Location) (off int64, ok bool) {
	if loc != nil && loc != time.UTC {
		if a.loc != loc {
			a.fill(loc)
		}
		for k := range a.name {
			if string(name) == a.name[k] {
				return a.off[k], true
			}
		}
	}
	return known(name)
}

// fill looks up what the zone is called in winter and summer.
func (a *abbreviations) fill(loc *time.Location) {
	a.loc = loc
	for k, month := range [2]time.Month{time.January, time.July} {
		name, off := time.Date(2025, month, 1, 12, 0, 0, 0, loc).Zone()
		a.name[k], a.off[k] = name, int64(off)
	}
}

const quarter = 900 // seconds

// known holds the names of zones that have one meaning in practice. IST, for one,
// has three and is not among them.
func known(name []byte) (off int64, ok bool) {
	var q int64
	switch string(name) {
	case "UTC", "GMT", "UT", "Z", "WET":
		q = 0
	case "EDT":
		q = -16
	case "EST", "CDT":
		q = -20
	case "CST", "MDT":
		q = -24
	case "MST", "PDT":
		q = -28
	case "PST", "AKDT":
		q = -32
	case "AKST":
		q = -36
	case "HST":
		q = -40
	case "NST":
		q = -14
	case "NDT":
		q = -10
	case "ADT", "BRT", "ART":
		q = -12
	case "CET", "BST", "WEST", "WAT":
		q = 4
	case "CEST", "EET", "SAST", "CAT":
		q = 8
	case "EEST", "MSK", "EAT", "TRT":
		q = 12
	case "PKT":
		q = 20
	case "ICT", "WIB":
		q = 28
	case "HKT", "AWST":
		q = 32
	case "JST", "KST":
		q = 36
	case "ACST":
		q = 38
	case "AEST":
		q = 40
	case "ACDT":
		q = 42
	case "AEDT":
		q = 44
	case "NZST":
		q = 48
	case "NZDT":
		q = 52
	default:
		return 0, false
	}
	return q * quarter, true
}

// zoneName reads up to five letters; a name that is not known counts as UTC. GMT+2
// and UTC-03:30 are read as package time writes them.
func (p *parts) zoneName(a *abbreviations, loc *time.Location) {
	start := p.i
	for p.i < len(p.b) && p.i-start < 5 && isLetter(p.b[p.i]) {
		p.i++
	}
	if p.i == start { // zones without a name are written as an offset
		p.zone()
		return
	}
	p.offset, _ = a.find(p.b[start:p.i], loc)
	p.hasOffset = true
}
