package sandbox

import "github.com/heka-project/heka/message"

// Encode has the script encode the message v and appends the result to dst. Nothing
// appended and no error means that the script passes the message over. An error is
// a *Stop, or wraps ErrFailed.
func (s *Sandbox) Encode(dst []byte, v *message.View) ([]byte, error) {
	if s.stop != nil {
		return dst, s.stop
	}
	if v.Want() != s.names.Want { // whose view it is does not know what the script asks for
		if !s.view.Parse(v.Raw(), s.names.Want) {
			return dst, message.ErrDamaged
		}
		v = &s.view
	}
	s.cur.View = v
	e := &s.sinks.encoder
	e.Open(s.draft)
	s.sink = e
	s.rewind()
	s.watch.begin()
	defer s.endOne()
	status, text, err := s.timed()
	switch {
	case err != nil:
		return dst, err
	case status == -2:
		return dst, nil
	case status < 0:
		return dst, Failed(text)
	}
	return e.Close(dst, &s.cur)
}
