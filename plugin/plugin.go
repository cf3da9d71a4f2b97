// Package plugin is the contract between the engine and what is plugged into it:
// six kinds of plugin, the registry that knows them by name, and what each may
// ask of the engine.
//
//	bytes → Input → Splitter → Decoder → router → Filter (injects back)
//	                                            └→ Output ← Encoder → bytes
//
// Four verbs say who owns a batch: its maker makes it and seals it; from then on
// all borrow it, until the call returns; who wants to keep bytes copies them. The
// engine alone counts references, so a plugin has nothing to recycle.
//
// A plugin's methods are called from one goroutine unless said otherwise. Who
// starts another goroutine bounds it and waits for it in Stop.
package plugin

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/fsx"
	"github.com/heka-project/heka/message"
)

// Errors that steer the engine; wrap them to say more.
var (
	// ErrRetry asks for the same delivery again after a back-off.
	ErrRetry = errors.New("try again")
	// ErrStopped is what a Stream answers once the engine stops the input.
	ErrStopped = errors.New("stopped")
	// ErrExit ends the plugin for good: it has done its work.
	ErrExit = errors.New("plugin has finished")
)

// Env is what every plugin may know of the daemon around it. Fixed before the
// constructor is called.
type Env struct {
	Name           string // the section's name
	Log            *slog.Logger
	Hostname       string
	BaseDir        string // working data; see Path
	ShareDir       string // static resources
	MaxMessageSize int    // bytes of an encoded message
	Clock          clock.Clock
	FS             fsx.FS
	Start          time.Time     // when the daemon started
	Ticker         time.Duration // ticker_interval, 0 for none

	MaxProcessInject int // messages that a sandbox may inject for one message
	MaxTimerInject   int // and in one timer event
	// Tell sends a message of the daemon's own (Logger hekad), which build fills in, to
	// all whose matcher takes it. Nil where there is no engine. From any goroutine.
	Tell func(build func(b *message.Builder))

	// Encoding turns messages into bytes; outputs only.
	Encoding *Encoding
	// Decoders makes a new instance of a decoder section; decoders only.
	Decoders func(name string) (Decoder, error)
	// NewDecoder makes a decoder of a type, without a section: its options are lines
	// of TOML. Decoders only.
	NewDecoder func(typ, options string) (Decoder, error)
	// Loader loads other filters; filters only.
	Loader Loader
}

// NowFunc tells the time by Clock, or by this machine where there is none.
func (e *Env) NowFunc() func() time.Time {
	if e.Clock == nil {
		return time.Now
	}
	return e.Clock.Now
}

// Input gathers. Run works until the context ends, then closes what it opened
// and returns nil. Any other return is a failure: the engine runs it again as
// `retries` says; ErrExit ends it. Run must not touch the network before it is
// called, nor after it returned. Acked may still come after Run returned, until
// Stop is called: an input that keeps positions saves the last ones there.
//
// An input that is a Starter opens its listeners in Start, so that a reload that
// cannot have them is refused; Run then follows. In a reload Start is called while what
// the new input replaces still works, and Run once that has stopped: what the old one
// leaves behind, such as a position, is read in Run.
type Input interface {
	Run(ctx context.Context, host Host) error
}

// Heir is an input that can take over what another one has open, such as a listening
// socket, so that a reload closes nothing that is wanted again. Inherit is called in a
// reload, before Start, with the inputs that end once this one has started, whatever
// their types. They work on until then, and for good when the reload is refused: Stop
// is called then, without Run, and leaves to them what was taken over.
type Heir interface {
	Input
	Inherit(from []Input)
}

// Adapter is an input that takes on other options while it runs, so that its
// connections and its sockets stay.
type Adapter interface {
	Input
	// Adapt opens what the options of next ask for beside what is open. next is an
	// instance of the same type that has inherited and is otherwise new; it goes to the
	// input. An error leaves things as they were. Else one of the two is called: commit
	// puts the options in force, cancel gives them up; neither waits. From any
	// goroutine, also while Run pauses after a failure.
	Adapt(ctx context.Context, next Input) (commit, cancel func(), err error)
}

// Host is the engine as an input sees it. Safe for any goroutine.
type Host interface {
	// Open starts a stream with a splitter and a decoder of its own.
	Open(o StreamOptions) (Stream, error)
}

// StreamOptions describe one stream of an input.
type StreamOptions struct {
	Name    string         // what tells it from others, such as the peer's address; "" for the only one
	Default message.Header // header of messages whose decoder does not say otherwise; Timestamp 0 means now
	// Acked, when set, is called with a position once every message up to it has
	// been delivered, made durable or counted as dropped. Positions only grow. It
	// may come from any goroutine and must not block.
	Acked func(pos uint64)
	// Waits says that the source sends no more until Acked was called for what it
	// sent: filters that keep state save it sooner then.
	Waits bool
	// Life names a count of the source's bytes that outlives the process, such as
	// that of a log file that is read on after a restart, and From is where on it
	// this stream begins: the same byte has the same position each time it is read.
	// Filters that keep state then know what they have seen before, and count it
	// once however often it comes. For sources whose bytes come through Grab or
	// Write alone. "" for others. What stands before the first slash names who answers
	// for the life: where there are too many, who has the most loses its oldest.
	Life string
	From uint64
	// FlushWhole makes Flush deliver an unfinished record whatever the splitter's
	// options say: the source knows that no more will come, as at the end of a
	// rotated log file. Close leaves it to the options.
	FlushWhole bool
	// Decorate, when set, adds what the input knows of a record beside its bytes:
	// Record.Begin calls it for each message, after the header is set. It may add
	// fields and change the header, and runs in the goroutine that uses the stream.
	// Records that are encoded messages already do not get it.
	Decorate func(b *message.Builder)
	// Splitter and Decoder name sections for this stream alone; "" for those of the
	// input.
	Splitter, Decoder string
}

// Stream takes the bytes of one source, in order. One goroutine uses it at a
// time. Every error means that the stream is over; it wraps ErrStopped when the
// engine ended it.
//
//	for {
//		buf, err := s.Grab()
//		n, err := conn.Read(buf)
//		err = s.Commit(n)
//		err = s.Send()
//	}
type Stream interface {
	// Grab returns space to read into, at least 4 KiB. It waits while the
	// engine's memory is used up or a route that blocks is full: this is where
	// back-pressure acts.
	Grab() ([]byte, error)
	// Commit says that the first n bytes of the space are filled: whole records in
	// them are split off, decoded and matched.
	Commit(n int) error
	// Write is Grab, copy and Commit. What is no longer than a record is given to the
	// splitter in one piece.
	Write(b []byte) (int, error)
	// Record decodes b as one whole record, past the splitter.
	Record(b []byte) error
	// Flush says that the source has an end here (end of file, of a datagram, of a
	// request): an unfinished record is delivered or counted as its splitter's
	// options say, and never joined with what comes next.
	Flush() error
	// Send hands over what was decoded since the last Send. Without it messages
	// wait for the chunk to fill.
	Send() error
	// Idle gives the buffer back when no unfinished record lies in it. Call it
	// before waiting for a quiet source.
	Idle()
	// Builder builds messages directly, without splitter and decoder. Messages
	// ended in it go out with the next Send.
	Builder() *message.Builder
	// Default is the header given at Open; it may be changed between records.
	Default() *message.Header
	// Pos is the position after the last whole record: bytes taken through Commit
	// and Write, plus one for each Record, or what Mark set.
	Pos() uint64
	// Mark sets the position that stands for everything given so far.
	Mark(pos uint64)
	// Close sends and ends the stream. An unfinished record is delivered where the
	// splitter's options say so; else it is counted, and the position stays before it.
	Close() error
}

// Splitter cuts a stream into records. It is pure: the same bytes give the same
// records however they are chunked.
type Splitter interface {
	// Split finds the first record in b: b[start:end], after which the next search
	// begins at advance. An advance of 0 means that b holds no whole record yet.
	// An end of -1 with an advance means that those bytes belong to no record and
	// are skipped. atEOF says that nothing will follow b; the splitter may then
	// take the rest as a record or leave it.
	Split(b []byte, atEOF bool) (start, end, advance int)
}

// Whole is a splitter that takes whatever it is given as one record: the engine then
// has no more read at a time than one message holds.
type Whole interface {
	Splitter
	Whole()
}

// Patient is a splitter that may know a record's end only by what follows it: a
// quiet stream then rightly ends in a record that looks unfinished. The engine's
// streams have a method Unfinished() bool besides, which takes that into account.
type Patient interface {
	Splitter
	Patient() bool
}

// Framed is a splitter of Heka's own framing: the engine cuts such a stream
// itself, in place, and verifies signatures.
type Framed interface {
	Splitter
	// Keys returns the keys that signatures are checked with; nil when
	// authentication is switched off.
	Keys() *message.Keys
}

// Record is what a splitter cut, on its way into a decoder.
type Record struct {
	Data    []byte          // borrowed; the delimiter is included where the splitter keeps it
	Base    *message.View   // behind another decoder: the message so far, whose payload Data is
	Default *message.Header // header when the decoder does not say otherwise
	// Decorate is the stream's, nil for none. Begin calls it.
	Decorate func(b *message.Builder)
}

// Begin starts a message in b: as a copy of Base behind another decoder, else
// with the defaults, Data as payload and what the input adds.
func (r *Record) Begin(b *message.Builder) {
	if r.Base != nil {
		b.BeginFrom(r.Base)
		return
	}
	b.Begin(r.Default)
	b.Payload = message.Borrow(r.Data)
	if r.Decorate != nil {
		r.Decorate(b)
	}
}

// BeginAs is Begin for a decoder whose options name the type, "" for the input's, and
// say whether the record stays as payload.
func (r *Record) BeginAs(b *message.Builder, typ string, payload bool) {
	r.Begin(b)
	if typ != "" {
		b.Type = typ
	}
	if !payload {
		b.Payload = ""
	}
}

// Decoder turns a record into messages: none, one or many, each begun with
// in.Begin and ended in out. It is pure but for its own state; every stream has
// an instance of its own. An error means that the record cannot be read; what
// was ended before stays.
type Decoder interface {
	Decode(in *Record, out *message.Builder) error
}

// InPlace is a decoder whose records are encoded messages already, so that the
// engine routes their bytes as they lie.
type InPlace interface {
	Decoder
	InPlace()
}

// Finisher is a decoder that may hold back the beginning of what goes on in the
// next record. While it does, the stream's position stays before it, so that a
// crash costs nothing. Finish is called once, when the stream ends, before Stop:
// it makes messages of what is held, begun with in, which has no data.
type Finisher interface {
	Decoder
	Holding() bool
	Finish(in *Record, out *message.Builder) error
}

// Filter watches the messages its matcher selects and may inject new ones. One
// goroutine calls all its methods. Process borrows in. An error counts as a
// process failure and the stream goes on; one that wraps ErrRetry has the same
// selection offered again after a back-off, ErrExit ends the filter. What
// Selection.Done says was dealt with before the error does not count as failed.
type Filter interface {
	Process(in *message.Selection, out Emitter) error
}

// Ticked is a filter, output or encoder with a timer: Tick is called every
// ticker_interval, also when idle, and once more before Stop.
type Ticked interface {
	Tick(now time.Time, out Emitter) error
}

// LastTicked is a Ticked that wants to tell its last Tick from others: LastTick is
// called in its place, also where ticker_interval is 0.
type LastTicked interface {
	Ticked
	LastTick(now time.Time, out Emitter) error
}

// Emitter injects messages. Borrowed: valid until the call that got it returns.
type Emitter interface {
	// Begin starts a message: Timestamp now, this host's name, the plugin's name
	// as Logger, this process's id.
	Begin() *message.Builder
	// Inject ends it and hands it to the router once the call returns. Errors:
	// message.ErrTooBig, ErrLoop when it was injected too often, ErrSelf when the
	// filter's own matcher takes it.
	Inject() error
}

// Why an injection is refused.
var (
	ErrLoop = errors.New("message was injected more than max_message_loops times")
	ErrSelf = errors.New("filter may not inject a message that its own matcher takes")
)

// Encoder turns a message into bytes: pure, but for its own state. Every output
// has an instance of its own. Nothing appended means that the message has no
// form here and is passed over.
type Encoder interface {
	Encode(dst []byte, v *message.View) ([]byte, error)
}

// Passthrough is an encoder whose output is the encoded message itself.
type Passthrough interface {
	Encoder
	Passthrough()
}

// Output delivers. One goroutine calls all its methods. Deliver borrows in, up
// to eight selections in order, and returns nil once all of it is out of the
// process: written, sent, answered, as the protocol tells. Selection.Done keeps
// progress over a retry; Selection.Refuse marks what will never be taken. An
// error that wraps ErrRetry has what is left offered again after a back-off; any
// other counts what is left as failed and goes on.
type Output interface {
	Deliver(ctx context.Context, in []message.Selection) error
}

// Starter is a plugin that opens something. Start is called before the
// first message, and again with a back-off while it returns an error that wraps
// ErrRetry; meanwhile messages wait in the route. Any other error is fatal: the daemon
// does not start, and a reload is refused. In a reload Start is called while the
// instance that will be replaced still works, from another goroutine than what follows.
type Starter interface {
	Start(ctx context.Context) error
}

// Stopper is any plugin with something to close. Stop is called once, after the
// last other call.
type Stopper interface {
	Stop() error
}

// Reloader is told of SIGHUP, so that rotated files and renewed certificates are
// opened anew. Called from the plugin's own goroutine, for inputs from any.
type Reloader interface {
	Reload() error
}

// Reporter adds metrics to the reports. Called from any goroutine.
type Reporter interface {
	Report(r *Report)
}

// Counter is a filter or output that needs no more of a message than that there
// is one: batches are then counted where they are made and never queued. Count
// is called from any goroutine, instead of Process or Deliver. What a Counter is told is
// dealt with at once: it holds nothing that could be lost, so its route is never
// spilled nor journalled, and use_buffering and a durable input change nothing there.
type Counter interface {
	Count(messages, bytes int)
}

// Stateful is a filter whose state outlives the daemon. The engine saves it
// every few seconds, together with the position of the filter's route and of the
// sources that it has seen, which are told no sooner that their messages are safe.
// So after a crash the numbers are as if there had been none, for sources that
// can be read again (StreamOptions.Life) and for what was in the journal.
type Stateful interface {
	SaveState(dst []byte) ([]byte, error)
	RestoreState(state []byte) error
}
