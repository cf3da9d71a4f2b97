package plugin

import (
	"context"
	"errors"
	"time"
)

// Why a filter cannot be loaded, replaced or stopped.
var (
	ErrLoaded    = errors.New("a filter of that name runs already")
	ErrNotLoaded = errors.New("no filter of that name is loaded")
	// ErrBusy asks for the same again later: the daemon is stopping, or the
	// caller's time was up while the graph was being changed.
	ErrBusy = errors.New("hekad is changing its plugins or stopping")
)

// Loadable is a filter that is in no configuration file: a manager loads it into
// the running daemon.
type Loadable struct {
	Name   string // in the daemon: unique over all filters, fit for a file's name
	Config string // TOML; its first section counts, whatever that is called
	Type   string // the only type that is allowed, "" for any filter
	Impose string // TOML of options that hold whatever Config says
	Paused bool   // loaded, but takes nothing before Resume
}

// Loader loads filters on behalf of the plugin that it was given to: it cannot
// touch those of another. What it does, it does to one filter only: no other
// plugin stops, no message is lost. Loaded filters stay over a reload as long as
// their manager is in the configuration; over a restart the manager keeps them.
//
// A loaded filter never holds up who makes messages: over its share of memory it
// spills to the journal, or drops with a count where there is none, and it ends
// when it is slower than max_process_duration allows. It may always exit.
//
// Safe for any goroutine. Every error leaves things as they were.
type Loader interface {
	// Section returns the name of the section that config holds first, once all of
	// it is sound; the error tells every mistake with its place.
	Section(f *Loadable) (name string, err error)
	// Load starts a filter. It runs when Load returns: made, its state of earlier
	// runs restored, Start called. ErrLoaded when the name is taken.
	Load(ctx context.Context, f *Loadable) error
	// Replace puts a new instance in the place of a loaded one: what is queued stays,
	// and the state goes over as far as the new one takes it. When it does not start
	// the old one runs on. One that has ended is loaded anew.
	Replace(ctx context.Context, f *Loadable) error
	// Pause takes the filter out of the router and stops its timer: what comes then
	// it never sees. Resume ends that.
	Pause(ctx context.Context, name string) error
	Resume(ctx context.Context, name string) error
	// Unload ends a filter once it has dealt with what it holds.
	Unload(ctx context.Context, name string) error
	// Terminate ends a filter as if by a fault of its own, for that reason: it stays
	// in the list until it is unloaded or replaced, and the end is told to all by a
	// message of type heka.sandbox-terminated.
	Terminate(ctx context.Context, name, reason string) error
	// Loaded lists the manager's filters by name.
	Loaded() []Loaded
}

// States of a loaded filter.
const (
	StateRunning    = "running"
	StatePaused     = "paused"
	StateTerminated = "terminated"
)

// Loaded tells of one loaded filter.
type Loaded struct {
	Name    string
	Manager string // who loaded it
	Type    string
	State   string    // one of the three
	Reason  string    // why it was terminated
	Since   time.Time // load or replacement

	Received, Processed, Held, Injected, Dropped uint64 // messages
	Busy                                         time.Duration

	Metrics []Metric // what the filter reports of itself
}

// Metric returns a whole number that the filter reports, 0 when it does not.
func (l *Loaded) Metric(name string) int64 {
	for _, m := range l.Metrics {
		if n, ok := m.Value.(int64); ok && m.Name == name {
			return n
		}
	}
	return 0
}

// Order is what a manager is asked to do by who may ask without a signed message:
// the admin interface.
type Order struct {
	Action string // load, replace, pause, resume, unload
	Name   string // of the filter's section; load and replace take it from Config
	Config string // TOML
	Script string
	By     string // who asks, for the audit log
}

// Manager is a filter that loads others. Restore and Manage are called from the
// filter's own goroutine, between two other calls.
type Manager interface {
	Filter
	// Restore brings back what was loaded before; Start has not touched the Loader.
	// It is called once before the first message, and again with a back-off while it
	// returns an error that wraps ErrRetry. Any other error is fatal.
	Restore() error
	Manage(o *Order, out Emitter) error
	// Imposed is TOML of what the manager imposes on every filter that it loads; the
	// name of the script's file is not in it. Safe for any goroutine.
	Imposed() string
}
