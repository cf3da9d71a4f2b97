package plugintest

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

const goodPage = `# GoodFilter

It does right.

## Example

` + "```toml\n[GoodFilter]\nmessage_matcher = \"TRUE\"\n```" + `

## Options

<!-- options -->
<!-- /options -->

## What it makes

Nothing.

## When it goes wrong

It does not.
`

type goodConfig struct {
	N int `toml:"n" default:"1" doc:"A number."`
}

type undocumented struct {
	N int `toml:"n" default:"1"`
}

type badPlugin struct {
	kept    []byte
	stopped int
	stop    func() error
}

// Split depends on how much it gets.
func (*badPlugin) Split(b []byte, _ bool) (int, int, int) {
	n := min(len(b), 5)
	return 0, n, n
}

// Encode writes over what stands in dst.
func (*badPlugin) Encode(dst []byte, v *message.View) ([]byte, error) {
	return append(dst[:0], "mine"...), nil
}

// Process keeps what it borrows.
func (p *badPlugin) Process(in *message.Selection, _ plugin.Emitter) error {
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		p.kept = in.At(i)
	}
	return nil
}

func (p *badPlugin) Tick(_ time.Time, out plugin.Emitter) error {
	if p.kept == nil {
		return nil
	}
	out.Begin().Payload = string(p.kept)
	return out.Inject()
}

// Decode leaves messages that change with the record.
func (*badPlugin) Decode(in *plugin.Record, out *message.Builder) error {
	out.Into(append(in.Data, "x"...)[:0], nil)
	in.Begin(out)
	return out.End()
}

func (p *badPlugin) Stop() error {
	p.stopped++
	if p.stop != nil {
		return p.stop()
	}
	if p.stopped > 1 {
		return errors.New("stopped twice")
	}
	return nil
}

type goodFilter struct{ n int }

func (f *goodFilter) Process(in *message.Selection, _ plugin.Emitter) error {
	for i := in.Next(-1); i >= 0; i = in.Next(i) {
		f.n++
	}
	return nil
}

func (f *goodFilter) Tick(_ time.Time, out plugin.Emitter) error {
	out.Begin().Payload = fmt.Sprint(f.n)
	return out.Inject()
}

func init() {
	about := plugin.About{Doc: "It does wrong.", Sample: "[x]\ntype = 'X'\nmessage_matcher = 'TRUE'\n"}
	of := func(typ string) plugin.About {
		a := about
		a.Sample = strings.ReplaceAll(a.Sample, "'X'", "'"+typ+"'")
		if !strings.HasSuffix(typ, "Filter") {
			a.Sample = strings.ReplaceAll(a.Sample, "message_matcher = 'TRUE'\n", "")
		}
		return a
	}
	plugin.RegisterFilter("GoodFilter", plugin.About{Doc: "It does right.", Sample: "[GoodFilter]\nmessage_matcher = 'TRUE'\n", Readme: goodPage},
		func(goodConfig, plugin.Env) (plugin.Filter, error) { return &goodFilter{}, nil })
	plugin.RegisterFilter("UndocumentedFilter", plugin.About{Doc: "no sentence", Sample: "[UndocumentedFilter]\n", Readme: "nothing"},
		func(undocumented, plugin.Env) (plugin.Filter, error) { return &goodFilter{}, nil })
	plugin.RegisterSplitter("BadSplitter", of("BadSplitter"), func(goodConfig, plugin.Env) (plugin.Splitter, error) { return &badPlugin{}, nil })
	plugin.RegisterDecoder("BadDecoder", of("BadDecoder"), func(goodConfig, plugin.Env) (plugin.Decoder, error) { return &badPlugin{}, nil })
	plugin.RegisterEncoder("BadEncoder", of("BadEncoder"), func(goodConfig, plugin.Env) (plugin.Encoder, error) { return &badPlugin{}, nil })
	plugin.RegisterFilter("BadFilter", of("BadFilter"), func(goodConfig, plugin.Env) (plugin.Filter, error) { return &badPlugin{}, nil })
	plugin.RegisterFilter("EagerFilter", of("EagerFilter"), func(_ goodConfig, env plugin.Env) (plugin.Filter, error) {
		env.FS.Stat("/etc")
		f, _ := os.Open(os.DevNull)
		end := make(chan struct{})
		go func() { <-end; f.Close() }()
		var once sync.Once
		return &badPlugin{stop: func() error {
			once.Do(func() { close(end) })
			return nil
		}}, nil
	})
}

func TestGoodPluginPasses(t *testing.T) { Run(t, "GoodFilter", "") }

// recorder is a test that keeps what it is told.
type recorder struct {
	testing.TB
	told []string
}

func (r *recorder) Helper()                   {}
func (r *recorder) Error(a ...any)            { r.told = append(r.told, fmt.Sprint(a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.told = append(r.told, fmt.Sprintf(f, a...)) }
func (r *recorder) Fatalf(f string, a ...any) { r.Errorf(f, a...); runtime.Goexit() }
func (r *recorder) Logf(string, ...any)       {}
func (r *recorder) Fatal(a ...any)            { r.Error(a...); runtime.Goexit() }

// TestFaultsAreTold: a plugin that breaks a law is told so, each in its words.
func TestFaultsAreTold(t *testing.T) {
	docs := func(t testing.TB, info *plugin.Info, _ string) { checkDocs(t, info, isForeign) }
	for _, tt := range []struct {
		typ   string
		check func(testing.TB, *plugin.Info, string)
		want  []string
	}{
		{"UndocumentedFilter", docs, []string{"is not a sentence", "option n is", `README.md begins with "nothing"`, `lacks the part "## Example"`, `the sample does not load`, "0 markers"}},
		{"BadSplitter", docs, []string{"About.Readme is empty"}},
		{"BadSplitter", splitterLaws, []string{"in pieces of"}},
		{"BadDecoder", decoderLaws, []string{"change with the record's bytes"}},
		{"BadEncoder", encoderLaws, []string{"what stood in dst"}},
		{"BadFilter", filterLaws, []string{"borrowed and are gone"}},
		{"BadFilter", checkLife, []string{"stopped twice"}},
		{"EagerFilter", checkLife, []string{"calls stat", "starts 1 goroutines", "opens 1 files"}},
	} {
		info, _ := plugin.Lookup(tt.typ)
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			tt.check(r, info, info.About.Sample)
		}()
		<-done
		all := strings.Join(r.told, "\n")
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s: told\n%s\nwant %q in it", tt.typ, all, want)
			}
		}
	}
}
