package fields

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"regexp"
	"unicode/utf8"
)

// redactor hides values in one way; immutable.
type redactor struct {
	how         string
	first, last int
	length      int
	key         []byte
	re          *regexp.Regexp
	with        string
}

// digest is the keyed state of a hash and its scratch; every user of a redactor
// has its own.
type digest struct {
	mac hash.Hash
	sum []byte
}

// append appends s as it may be seen.
func (r *redactor) append(dst []byte, s string, d *digest) []byte {
	switch r.how {
	case "hash":
		if d.mac == nil {
			d.mac = hmac.New(sha256.New, r.key)
		}
		d.mac.Reset()
		d.sum = append(d.sum[:0], s...)
		d.mac.Write(d.sum)
		d.sum = d.mac.Sum(d.sum[:0])
		n := len(dst)
		dst = hex.AppendEncode(dst, d.sum)
		if r.length > 0 {
			dst = dst[:n+r.length]
		}
		return dst
	case "truncate":
		return append(dst, s[:runes(s, r.length)]...)
	case "replace":
		return r.replace(dst, s)
	case "set":
		return append(dst, r.with...)
	}
	return r.mask(dst, s)
}

// runes is the length in bytes of the first n characters of s.
func runes(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// mask writes a * for each character but those at the ends that stay. A text too
// short to hide anything is hidden whole.
func (r *redactor) mask(dst []byte, s string) []byte {
	n := utf8.RuneCountInString(s)
	first, last := r.first, r.last
	if first+last >= n {
		first, last = 0, 0
	}
	i := 0
	for at := range s {
		if i < first || i >= n-last {
			_, w := utf8.DecodeRuneInString(s[at:])
			dst = append(dst, s[at:at+w]...)
		} else {
			dst = append(dst, '*')
		}
		i++
	}
	return dst
}

// replace is regexp's ReplaceAllString; anchors and word ends mean the same as
// there.
func (r *redactor) replace(dst []byte, s string) []byte {
	all := r.re.FindAllStringSubmatchIndex(s, -1)
	from := 0
	for _, loc := range all {
		dst = append(dst, s[from:loc[0]]...)
		dst = r.re.ExpandString(dst, r.with, s, loc)
		from = loc[1]
	}
	return append(dst, s[from:]...)
}
