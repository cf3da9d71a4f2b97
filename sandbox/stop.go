package sandbox

import (
	"errors"
	"fmt"
	"strings"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/sandbox/internal/sink"
)

// maxText bounds the text of an error, as in the original.
const maxText = 255

// Stop is why a sandbox was terminated.
type Stop struct {
	Text      string // as the original words it, at most 255 bytes
	Limit     string // option of the limit that was met, "" for none
	Where     string // function and line, where a limit stopped the script; "" when the text says it
	Traceback string // calls in progress; "" where there were none
	Message   string // the message at hand, in short; "" for none
	Err       error  // what the VM says; nil when the script itself returned a failure
}

// Error is the text, and what it lacks of where and on which message.
func (s *Stop) Error() string {
	text := s.Text
	if s.Limit != "" && !strings.Contains(text, s.Limit) {
		text += " (" + s.Limit + ")"
	}
	if s.Where != "" {
		text += " in " + s.Where
	}
	if s.Message != "" {
		text += ", on " + s.Message
	}
	return text
}

func (s *Stop) Unwrap() error { return s.Err }

// ErrTime is the cause of an interrupt after Options.CallTime.
var ErrTime = errors.New("call_time exceeded")

// ErrShutdown is the cause with which an input's script is stopped.
var ErrShutdown = sink.ErrShutdown

// stopped makes the Stop of an error of the VM.
func (s *Sandbox) stopped(call string, err error) *Stop {
	st := &Stop{Text: err.Error(), Err: err}
	var e *lua.Error
	if errors.As(err, &e) {
		st.Text, st.Where, st.Traceback = e.Message, e.Where, e.Traceback
		switch {
		case e.Kind == lua.KindInstructions:
			st.Limit = "instruction_limit"
		case e.Kind == lua.KindMemory:
			st.Limit = "memory_limit"
		case errors.Is(err, ErrTime):
			st.Limit = "call_time"
		case strings.HasSuffix(st.Text, "output_limit exceeded"):
			st.Limit = "output_limit"
		case strings.HasSuffix(st.Text, "exceeded InjectMessage count"):
			st.Limit = "max_process_inject"
			if call == "timer_event" {
				st.Limit = "max_timer_inject"
			}
		case strings.HasSuffix(st.Text, "exceeded MaxMsgLoops"):
			st.Limit = "max_message_loops"
		}
	}
	if call != "" {
		st.Text = call + "() " + st.Text
	}
	return s.end(st)
}

// failed makes the Stop of a fault of the host's own finding.
func (s *Sandbox) failed(format string, args ...any) *Stop {
	return s.end(&Stop{Text: fmt.Sprintf(format, args...)})
}

// end terminates the sandbox.
func (s *Sandbox) end(st *Stop) *Stop {
	st.Text = cut(st.Text)
	st.Message = s.cur.Describe()
	s.stop = st
	s.publish()
	return st
}

func cut(text string) string { return text[:min(len(text), maxText)] }
