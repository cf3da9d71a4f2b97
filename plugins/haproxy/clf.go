package haproxy

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

// common reads what follows the time's bracket in option httplog clf:
//
//	06/Feb/2009:12:14:14 +0000] "GET / HTTP/1.1" 200 2750 "" "" 33317 655 "in" "static" "srv1" 10 0 30 69 109 "----" 1 1 1 1 0 0 0 "c" "c" "{a}" "{}"
func (d *Decoder) common(addr, b []byte, out *message.Builder) error {
	ns, n := d.clf.Parse(b)
	if n == 0 || !bytes.HasPrefix(b[n:], []byte(`] "`)) {
		return errCLF
	}
	s := scan{b: b[n+2:]}
	line, ok := s.quoted()
	if !ok {
		return errCLF
	}
	address(addr, out)
	partial := false
	if !number(s.word(), &status, nil, out) || !number(s.word(), &bytesRead, &partial, out) {
		return errCLF
	}
	_, ok1 := s.quoted()
	_, ok2 := s.quoted()
	if !ok1 || !ok2 || !number(s.word(), &remotePort, nil, out) {
		return errCLF
	}
	millis, n := integer(s.word(), 0)
	if n == 0 || millis < 0 || millis > 999 {
		return errCLF
	}
	out.Timestamp = ns + millis*1e6
	front, ok1 := s.quoted()
	back, ok2 := s.quoted()
	server, ok3 := s.quoted()
	if !ok1 || !ok2 || !ok3 {
		return errCLF
	}
	frontend(front, out)
	out.PutText(&backendName, message.Borrow(back))
	out.PutText(&serverName, message.Borrow(server))
	for i := range httpTimes {
		if !number(s.word(), &httpTimes[i], &partial, out) {
			return errCLF
		}
	}
	state, ok := s.quoted()
	if !ok { // as some versions write it
		state = s.word()
	}
	if len(state) == 0 {
		return errCLF
	}
	out.PutText(&termination, message.Borrow(state))
	redispatched := false
	for i := range conns {
		if !number(s.word(), &conns[i], &redispatched, out) {
			return errCLF
		}
	}
	for i := range queues {
		if !number(s.word(), &queues[i], nil, out) {
			return errCLF
		}
	}
	if redispatched {
		out.Bool("redispatched", true, "")
	}
	for i, h := range [2]*message.FieldHead{&requestCookie, &responseCookie} {
		if v, ok := s.quoted(); ok {
			cookie(v, h, out)
		} else if i == 0 {
			break
		}
	}
	var blocks [2][]byte
	for i := range blocks {
		if v, ok := s.quoted(); ok && len(v) > 1 && v[0] == '{' && v[len(v)-1] == '}' {
			blocks[i] = v[1 : len(v)-1]
		}
	}
	d.headers(blocks[0], d.requests, requestHeaders, out)
	d.headers(blocks[1], d.answers, responseHeaders, out)
	requested(line, out)
	mark(partial, out)
	return nil
}

// quoted takes "text" and a blank off. HAProxy writes quotes in a text as #22.
func (s *scan) quoted() (in []byte, ok bool) {
	b, ok := bytes.CutPrefix(s.b, []byte(`"`))
	if !ok {
		return nil, false
	}
	in, rest, ok := bytes.Cut(b, []byte(`"`))
	s.b = bytes.TrimPrefix(rest, []byte(" "))
	return in, ok
}
