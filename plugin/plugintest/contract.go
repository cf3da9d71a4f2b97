package plugintest

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Run tries a plugin type against the laws that all keep, whatever it does:
//
//	its page and its options are there, and every example in it loads
//	making one opens nothing: no file, no socket, no goroutine
//	Stop may be called twice, also without a start, and leaves nothing behind
//	splitters are pure at any chunking; decoders, encoders and filters keep no
//	borrowed bytes, and after an error go on as if nothing had been
//
// sample is TOML that makes one section of the type, or the name of a file with
// it; "" for the type's own sample. What it names of other folders' plugins is
// taken on trust: CheckAll looks where all are known.
func Run(t *testing.T, typ, sample string) {
	t.Helper()
	info, ok := plugin.Lookup(typ)
	if !ok {
		t.Fatalf("no plugin type %q is registered", typ)
	}
	if sample == "" {
		sample = info.About.Sample
	}
	if sample == "" { // told by docs; the rest is tried all the same
		sample = "[" + typ + "]\n"
	} else if !strings.Contains(sample, "\n") {
		b, err := os.ReadFile(sample)
		if err != nil {
			t.Fatal(err)
		}
		sample = string(b)
	}
	t.Run("docs", func(t *testing.T) { checkDocs(t, info, isForeign) })
	t.Run("life", func(t *testing.T) { checkLife(t, info, sample) })
	t.Run("laws", func(t *testing.T) {
		if laws := lawsOf[info.Kind]; laws != nil {
			laws(t, info, sample)
		}
	})
}

// CheckAll tries the docs of every registered type: options, samples, and the
// examples of the pages, in which nothing is taken on trust.
func CheckAll(t *testing.T) {
	for _, info := range plugin.All() {
		t.Run(info.Name, func(t *testing.T) { checkDocs(t, info, nil) })
	}
}

// isForeign takes any name that could be a plugin type.
func isForeign(typ string) bool {
	_, ok := plugin.KindOf(typ)
	return ok
}

// section loads the sample and returns the section of the type.
func section(t testing.TB, info *plugin.Info, sample string) *config.Section {
	t.Helper()
	plan, err := config.Parse([]config.Source{{Name: "sample.toml", Text: sample}}, config.Options{Foreign: isForeign})
	if err != nil {
		t.Fatalf("the sample does not load:\n%v", err)
	}
	var found *config.Section
	for _, s := range plan.Sections {
		if s.Info == info && (found == nil || s.Pos.Line > 0) {
			found = s
		}
	}
	if found == nil {
		t.Fatalf("the sample has no section of type %s", info.Name)
	}
	return found
}

// instance builds one with the sample's options. It tells on a constructor
// that opens something.
func instance(t testing.TB, info *plugin.Info, s *config.Section) any {
	t.Helper()
	p, err := info.New(s.Config, env(t, info, s))
	if err != nil {
		t.Fatalf("the constructor refuses the sample: %v", err)
	}
	return p
}

func env(t testing.TB, info *plugin.Info, s *config.Section) plugin.Env {
	e := plugin.Env{
		Name: s.Name, Log: discard, Hostname: "host.example", BaseDir: t.TempDir(), ShareDir: t.TempDir(),
		MaxMessageSize: 64 << 10, Clock: clock.Real{}, FS: &noFiles{t: t}, Start: time.Unix(1700000000, 0),
		Ticker: max(s.Route.Ticker, s.Input.Ticker), MaxProcessInject: 1, MaxTimerInject: 10,
		Decoders:   func(string) (plugin.Decoder, error) { return payloadDecoder{}, nil },
		NewDecoder: func(string, string) (plugin.Decoder, error) { return payloadDecoder{}, nil },
	}
	if info.Kind == plugin.KindOutput {
		e.Encoding = plugin.NewEncoding(payloadEncoder{}, false, e.MaxMessageSize)
	}
	return e
}

// checkLife makes an instance and stops it twice.
func checkLife(t testing.TB, info *plugin.Info, sample string) {
	s := section(t, info, sample)
	before, files := runtime.NumGoroutine(), openFiles()
	p := instance(t, info, s)
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("the constructor starts %d goroutines; start them in Run or Start", n-before)
	}
	if n := openFiles(); n > files {
		t.Errorf("the constructor opens %d files or sockets; open them in Run or Start", n-files)
	}
	if st, ok := p.(plugin.Stopper); ok {
		for range 2 {
			if err := stop(t, st); err != nil {
				t.Errorf("Stop without a start: %v", err)
			}
		}
	}
	Settled(t, before)
	if n := openFiles(); n > files {
		t.Errorf("%d files or sockets are open after Stop", n-files)
	}
}

func stop(t testing.TB, s plugin.Stopper) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Stop() }()
	select {
	case err := <-done:
		return err
	case <-time.After(Timeout):
		t.Fatal("Stop does not return")
		return nil
	}
}

// Settled waits until no more than so many goroutines run, and fails the test
// with their stacks when that does not come true. Take runtime.NumGoroutine
// before the plugin is made.
func Settled(t testing.TB, goroutines int) {
	t.Helper()
	deadline := time.Now().Add(Timeout)
	for runtime.NumGoroutine() > goroutines {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines are left behind:\n%s", runtime.NumGoroutine()-goroutines, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond) // others must end; nothing tells when they have
	}
}

// openFiles counts the process's descriptors; 0 where the system does not tell.
func openFiles() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}

// payloadDecoder and payloadEncoder stand in for those of other folders.
type payloadDecoder struct{}

func (payloadDecoder) Decode(in *plugin.Record, out *message.Builder) error {
	in.Begin(out)
	return out.End()
}

type payloadEncoder struct{}

func (payloadEncoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	return append(dst, v.Payload()...), nil
}
