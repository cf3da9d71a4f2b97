package haproxy

import (
	"bytes"

	"github.com/heka-project/heka/message"
)

var (
	httpTimes = [5]message.FieldHead{ms("Tq"), ms("Tw"), ms("Tc"), ms("Tr"), ms("Tt")}
	tcpTimes  = [3]message.FieldHead{ms("Tw"), ms("Tc"), ms("Tt")}
	conns     = [5]message.FieldHead{count("actconn"), count("feconn"), count("beconn"), count("srv_conn"), count("retries")}
	queues    = [2]message.FieldHead{count("srv_queue"), count("backend_queue")}
)

func ms(name string) message.FieldHead { return message.NewFieldHead(name, message.Integer, "ms") }
func count(name string) message.FieldHead {
	return message.NewFieldHead(name, message.Integer, "")
}
func text(name string) message.FieldHead { return message.NewFieldHead(name, message.String, "") }

var (
	frontendName    = text("frontend_name")
	backendName     = text("backend_name")
	serverName      = text("server_name")
	bindName        = text("bind_name")
	errorText       = text("error")
	modeName        = text("mode")
	serverAddr      = text("server_addr")
	serverPort      = count("server_port")
	remotePort      = count("remote_port")
	status          = count("status")
	bytesRead       = message.NewFieldHead("bytes_read", message.Integer, "B")
	requestCookie   = text("captured_request_cookie")
	responseCookie  = text("captured_response_cookie")
	termination     = text("termination_state")
	request         = text("request")
	requestMethod   = text("request_method")
	uri             = text("uri")
	serverProtocol  = text("server_protocol")
	requestHeaders  = "captured_request_headers"
	responseHeaders = "captured_response_headers"
	sslSNI          = text("ssl_sni")
	sslVersion      = text("ssl_version")
	sslCipher       = text("ssl_cipher")
)

// scan takes words off the head of a record.
type scan struct{ b []byte }

// word takes the next word off, nil when there is none.
func (s *scan) word() []byte {
	if len(s.b) == 0 {
		return nil
	}
	n := bytes.IndexByte(s.b, ' ')
	w := s.b
	if n < 0 {
		s.b = nil
	} else {
		w, s.b = s.b[:n], s.b[n+1:]
	}
	return w
}

// tcp reads what follows the timers of tcplog: bytes, termination, connections,
// queues.
func (d *Decoder) tcp(times []byte, s *scan, out *message.Builder) error {
	partial := false
	if !slashed(times, tcpTimes[:], &partial, out) {
		return errProxy
	}
	size, state := s.word(), s.word()
	if !number(size, &bytesRead, &partial, out) || len(state) != 2 {
		return errTCP
	}
	out.PutText(&termination, message.Borrow(state))
	if !d.queues(s.word(), s.word(), out) {
		return errTCP
	}
	mark(partial, out)
	return nil
}

// http reads what follows the timers of httplog.
func (d *Decoder) http(times []byte, s *scan, out *message.Builder) error {
	partial := false
	if !slashed(times, httpTimes[:], &partial, out) {
		return errProxy
	}
	code, size := s.word(), s.word()
	if !number(code, &status, &partial, out) || !number(size, &bytesRead, &partial, out) {
		return errHTTP
	}
	asked, answered, state := s.word(), s.word(), s.word()
	if len(state) != 4 {
		return errHTTP
	}
	cookie(asked, &requestCookie, out)
	cookie(answered, &responseCookie, out)
	out.PutText(&termination, message.Borrow(state))
	if !d.queues(s.word(), s.word(), out) {
		return errHTTP
	}
	d.captures(s, out)
	d.request(s, out)
	mark(partial, out)
	return nil
}

// queues reads connections, retries and queues.
func (d *Decoder) queues(connections, queued []byte, out *message.Builder) bool {
	redispatched := false
	if !slashed(connections, conns[:], &redispatched, out) {
		return false
	}
	if redispatched {
		out.Bool("redispatched", true, "")
	}
	return slashed(queued, queues[:], nil, out)
}

// mark tells of a record that option logasap had written before the end: its
// plus signs.
func mark(partial bool, out *message.Builder) {
	if partial {
		out.Bool("partial", true, "")
	}
}

// slashed keeps numbers with slashes between them; false when they are not those.
func slashed(b []byte, heads []message.FieldHead, plus *bool, out *message.Builder) bool {
	for i := range heads {
		one, rest, more := bytes.Cut(b, []byte("/"))
		if more != (i < len(heads)-1) || !number(one, &heads[i], plus, out) {
			return false
		}
		b = rest
	}
	return true
}

// number keeps a number, of which plus is set when it has a plus sign.
func number(b []byte, h *message.FieldHead, plus *bool, out *message.Builder) bool {
	if len(b) > 1 && b[0] == '+' && plus != nil {
		*plus = true
		b = b[1:]
	}
	v, n := integer(b, 0)
	if n == 0 || n != len(b) {
		return false
	}
	out.PutInt(h, v)
	return true
}

// integer reads a number at b[i:], with a sign, and returns the offset past it; i
// when there is none.
func integer(b []byte, i int) (v int64, n int) {
	n = i
	negative := n < len(b) && b[n] == '-'
	if negative {
		n++
	}
	start := n
	for ; n < len(b) && b[n]-'0' <= 9; n++ {
		if n-start == 18 {
			return 0, i
		}
		v = v*10 + int64(b[n]-'0')
	}
	if n == start {
		return 0, i
	}
	if negative {
		v = -v
	}
	return v, n
}

func cookie(b []byte, h *message.FieldHead, out *message.Builder) {
	if len(b) > 0 && string(b) != "-" {
		out.PutText(h, message.Borrow(b))
	}
}

// request reads "GET / HTTP/1.1" and, of httpslog, what follows it. HAProxy writes
// quotes in a request as #22; one that was cut has no quote at its end.
func (d *Decoder) request(s *scan, out *message.Builder) {
	b, ok := bytes.CutPrefix(s.b, []byte(`"`))
	if !ok {
		return
	}
	line, rest, _ := bytes.Cut(b, []byte(`"`))
	requested(line, out)
	s.b = bytes.TrimPrefix(rest, []byte(" "))
	errs, tls := s.word(), s.word()
	if bytes.Count(errs, []byte("/")) != 4 {
		return
	}
	if sni, rest, ok := bytes.Cut(tls, []byte("/")); ok {
		version, cipher, _ := bytes.Cut(rest, []byte("/"))
		cookie(sni, &sslSNI, out)
		cookie(version, &sslVersion, out)
		cookie(cipher, &sslCipher, out)
	}
}

// requested keeps a request line, whole and in parts.
func requested(line []byte, out *message.Builder) {
	out.PutText(&request, message.Borrow(line))
	method, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return
	}
	out.PutText(&requestMethod, message.Borrow(method))
	if i := bytes.LastIndex(rest, []byte(" HTTP/")); i >= 0 {
		out.PutText(&uri, message.Borrow(rest[:i]))
		out.PutText(&serverProtocol, message.Borrow(rest[i+1:]))
	} else {
		out.PutText(&uri, message.Borrow(rest))
	}
}
