package sandbox

import "github.com/heka-project/heka/message"

// Deliver gives the script every message of in that is not done, and marks those
// that it has had. What it returns a negative number for is refused. An error is a
// *Stop.
func (s *Sandbox) Deliver(in *message.Selection) error {
	if s.stop != nil {
		return s.stop
	}
	return s.all(in, true)
}
