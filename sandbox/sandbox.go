package sandbox

import (
	"fmt"
	"time"

	"github.com/heka-project/heka/internal/logx"
	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/internal/pieces"
	"github.com/heka-project/heka/sandbox/internal/sink"
	"github.com/heka-project/heka/sandbox/internal/usage"
)

// Sandbox is one script. One goroutine uses it; Use, Interrupt and Counts may be
// called from any.
type Sandbox struct {
	opts Options // fixed after New, as are the three below
	vm   *lua.VM
	zone *time.Location // config value tz; nil for UTC
	keys keys

	// owned by the goroutine that uses it

	stop    *Stop          // why it was terminated; nil while it works
	cur     pieces.Current // the message at hand
	names   names
	payload []byte // the payload buffer
	text    []byte // scratch
	heads   heads
	sink    sink.Sink // of the call in progress, nil for none; one of those below
	sinks   struct {
		filter  sink.Filter
		decoder sink.Decoder
		encoder sink.Encoder
	}
	inject int     // messages that the call may still inject; filters
	next   iterate // of read_next_field
	draft  *message.Builder
	view   message.View // of the message at hand
	raw    message.View // of encoded messages that the script gives
	gripe  logx.Minute  // about messages that the script failed on
	watch  watch
	use    usage.Usage
}

// New makes a VM and runs the body of the script in it. An error is a *Stop, or
// says that an option is wrong.
func New(o Options) (*Sandbox, error) {
	o.fill()
	s := &Sandbox{opts: o, draft: message.NewBuilder(o.MaxMessage)}
	if o.Kind != Filter && o.Kind != Output {
		if name, ok := o.Config["tz"].(string); ok {
			loc, err := stamp.Zone(name)
			if err != nil {
				return nil, fmt.Errorf("config value tz: %w", err)
			}
			if loc != time.UTC {
				s.zone, s.sinks.decoder.Zone = loc, loc
			}
		}
	}
	now := o.Now
	s.vm = lua.New(lua.Options{
		Profile: o.Kind.profile(), Instructions: o.Instructions, FreeWork: freeWork, Memory: o.Memory, Loader: o.Loader,
		Now: func() time.Time { return now().UTC() },
	})
	s.openModules()
	s.openAPI()
	s.watch.open(s.vm, o.CallTime)
	s.watch.begin()
	s.sink, s.inject = &nowhere{b: s.draft}, 1<<30
	err := s.vm.Do(o.Script.Chunk, o.Script.Source)
	s.sink, s.inject = nil, 0
	s.watch.end()
	if err != nil {
		return nil, s.stopped("", err)
	}
	s.publish()
	return s, nil
}

// Stopped returns why the sandbox was terminated, nil while it works.
func (s *Sandbox) Stopped() *Stop { return s.stop }

// VM returns the machine, for what keeps its state.
func (s *Sandbox) VM() *lua.VM { return s.vm }

// Close ends the script's objects. The sandbox is not used afterwards.
func (s *Sandbox) Close() error {
	s.watch.close()
	return s.vm.Close()
}

// Interrupt stops the call in progress, and every later one. From any goroutine.
func (s *Sandbox) Interrupt(reason error) { s.vm.Interrupt(reason) }

// process calls process_message: the script's status and the text beside it.
// An error is a *Stop.
func (s *Sandbox) process() (status int, text string, err error) {
	fn := s.vm.Globals().GetKey(s.keys.process)
	if !fn.IsFunction() {
		return 0, "", s.failed("process_message() function was not found")
	}
	res, err := s.vm.Call(fn)
	if err != nil {
		s.use.Failures.Add(1)
		return 0, "", s.stopped("process_message", err)
	}
	var f float64
	ok := len(res) > 0
	if ok {
		f, ok = res[0].ToNumber()
	}
	if !ok {
		return 0, "", s.failed("process_message() must return a numeric status code")
	}
	status = toInt(f)
	if len(res) > 1 && !res[1].IsNil() {
		if !res[1].IsString() {
			return 0, "", s.failed("process_message() must return a nil or string error message")
		}
		text = res[1].Str()
	}
	if status == 0 {
		return 0, "", nil
	}
	text = string([]byte(cut(text)))
	switch {
	case status > 0:
		s.use.Failures.Add(1)
		st := &Stop{Text: text}
		if text == "" {
			st.Text = fmt.Sprintf("process_message() returned %d", status)
		}
		return status, text, s.end(st)
	case status != -2 || s.opts.Kind != Encoder:
		s.use.Failures.Add(1)
	}
	return status, text, nil
}

func toInt(f float64) int {
	if f >= -1<<31 && f < 1<<31 {
		return int(f)
	}
	return -1 << 31
}

// timer calls timer_event and cleans up after it.
func (s *Sandbox) timer(now time.Time) error {
	fn := s.vm.Globals().GetKey(s.keys.timer)
	if !fn.IsFunction() {
		return s.failed("timer_event() function was not found")
	}
	s.watch.begin()
	began := time.Now()
	_, err := s.vm.Call(fn, lua.Number(float64(now.UnixNano())))
	s.use.Ticked(time.Since(began))
	s.watch.end()
	if err != nil {
		return s.stopped("timer_event", err)
	}
	s.vm.Collect()
	s.publish()
	return nil
}

// HasTimer reports whether the script has a timer_event.
func (s *Sandbox) HasTimer() bool { return s.vm.Globals().GetKey(s.keys.timer).IsFunction() }

// publish lets other goroutines see what is used.
func (s *Sandbox) publish() {
	u := &s.use
	u.Memory.Store(s.vm.Memory())
	u.MaxMemory.Store(s.vm.MaxMemory())
	u.Instructions.Store(s.vm.Instructions())
	u.MaxInstructions.Store(s.vm.MaxInstructions())
	u.Output.Store(int64(len(s.payload)))
	u.Publish(s.stop != nil)
}
