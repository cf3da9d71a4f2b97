package sandbox

import "github.com/heka-project/heka/message"

// Deliver gives the script every message of in that is not done, and marks those
// that it has had. What it returns a negative number for is refused. An error is a
// *Stop.
func (s *Sandbox) Deliver(in *message.Selection) error {
	if s.stop != nil {
		return s.stop
	}
	s.watch.begin()
	defer s.endBatch()
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		if !s.view.Parse(in.At(i), s.names.Want) {
			continue
		}
		s.cur.View = &s.view
		s.rewind()
		s.watch.step()
		status, text, err := s.timed()
		if err != nil {
			return err
		}
		if status < 0 {
			in.Refuse(i, Failed(text).Error())
		}
		in.Done(i + 1)
	}
	return nil
}
