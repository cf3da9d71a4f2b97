package pipeline

import (
	"fmt"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// factory makes the plugins of one plan. It touches neither network nor queues,
// so a plan that cannot be built changes nothing.
type factory struct {
	eng  *Engine
	plan *config.Plan
	mute bool // what it makes has no say beside its own injections
}

func (f factory) env(sec *config.Section) plugin.Env {
	e := f.eng
	tell := e.inject
	if f.mute {
		tell = func(func(b *message.Builder)) {}
	}
	return plugin.Env{
		Name: sec.Name, Log: e.log.With("plugin", sec.Name), Hostname: e.hostname,
		BaseDir: f.plan.Globals.BaseDir, ShareDir: f.plan.Globals.ShareDir,
		MaxMessageSize: e.maxMessage, Clock: e.clock, FS: e.fs, Start: e.began,
		Decoders:         f.decoder,
		NewDecoder:       f.newDecoder,
		MaxProcessInject: int(f.plan.Globals.MaxProcessInject), MaxTimerInject: int(f.plan.Globals.MaxTimerInject),
		Tell: tell,
	}
}

// find returns a section of that kind; the always available ones are sections of
// the plan too.
func (f factory) find(kind plugin.Kind, name string) (*config.Section, error) {
	if sec := f.plan.Find(kind, name); sec != nil {
		return sec, nil
	}
	return nil, fmt.Errorf("no %s section is named %q; add [%s]", kind, name, name)
}

func create[P any](f factory, sec *config.Section, env plugin.Env) (P, error) {
	var none P
	p, err := sec.Info.New(sec.Config, env)
	if err != nil {
		return none, fmt.Errorf("[%s] %w", sec.Name, err)
	}
	return p.(P), nil
}

func (f factory) decoder(name string) (plugin.Decoder, error) {
	sec, err := f.find(plugin.KindDecoder, name)
	if err != nil {
		return nil, err
	}
	return create[plugin.Decoder](f, sec, f.env(sec))
}

// newDecoder makes a decoder that has no section of its own.
func (f factory) newDecoder(typ, options string) (plugin.Decoder, error) {
	const name = "unnamed"
	text := fmt.Sprintf("[%s]\ntype = %q\n%s\n", name, typ, options)
	plan, err := config.Parse([]config.Source{{Name: typ, Text: text}}, config.Options{})
	if err != nil {
		return nil, err
	}
	sec := plan.Find(plugin.KindDecoder, name)
	if sec == nil {
		return nil, fmt.Errorf("%s is no type of decoder", typ)
	}
	return create[plugin.Decoder](f, sec, f.env(sec))
}

// splitter says how streams make theirs.
func (f factory) splitter(name string) (*splitterSpec, error) {
	sec, err := f.find(plugin.KindSplitter, name)
	if err != nil {
		return nil, err
	}
	s := &splitterSpec{name: name, text: sec.Signature(), opts: sec.Splitter}
	s.make = func() (plugin.Splitter, error) { return create[plugin.Splitter](f, sec, f.env(sec)) }
	_, err = s.make()
	return s, err
}

// input makes an input that has not started.
func (f factory) input(sec *config.Section) (*input, error) {
	in := &input{eng: f.eng, name: sec.Name, log: f.eng.log.With("plugin", sec.Name), streams: map[*stream]struct{}{}}
	spec := &inputSpec{sec: sec, factory: f, text: sec.Signature()}
	in.cur.Store(spec)
	var err error
	if spec.split, err = f.splitter(sec.Input.Splitter); err != nil {
		return nil, fmt.Errorf("[%s] %w", sec.Name, err)
	}
	if name := sec.Input.Decoder; name != "" {
		if _, err := f.decoder(name); err != nil {
			return nil, fmt.Errorf("[%s] %w", sec.Name, err)
		}
	}
	env := f.env(sec)
	env.Ticker = sec.Input.Ticker
	in.plug, err = create[plugin.Input](f, sec, env)
	return in, err
}

// instance makes a filter or an output that has not started.
func (f factory) instance(sec *config.Section) (*instance, error) {
	env := f.env(sec)
	env.Ticker = sec.Route.Ticker
	if sec.Info.Kind == plugin.KindFilter {
		env.Loader = loader{f.eng, sec.Name}
	}
	inst := &instance{ticker: sec.Route.Ticker, make: func() (*instance, error) { return f.instance(sec) }}
	if name := sec.Route.Encoder; name != "" {
		esec, err := f.find(plugin.KindEncoder, name)
		if err != nil {
			return nil, fmt.Errorf("[%s] %w", sec.Name, err)
		}
		enc, err := create[plugin.Encoder](f, esec, f.env(esec))
		if err != nil {
			return nil, err
		}
		_, framing := enc.(plugin.Passthrough)
		framing = framing && sec.Info.About.AutoFraming
		if u := sec.Route.UseFraming; u != nil {
			framing = *u
		}
		env.Encoding = plugin.NewEncoding(enc, framing, f.eng.maxMessage)
		inst.encoder = enc
	}
	p, err := sec.Info.New(sec.Config, env)
	if err != nil {
		return nil, fmt.Errorf("[%s] %w", sec.Name, err)
	}
	inst.plug = p
	inst.filter, _ = p.(plugin.Filter)
	if sec.Info.Kind == plugin.KindOutput {
		inst.filter, inst.output = nil, p.(plugin.Output)
	}
	inst.ticked, _ = p.(plugin.Ticked)
	return inst, nil
}

// spec is the route part of a section.
func (f factory) spec(sec *config.Section) (*routeSpec, error) {
	m, err := match.Compile(sec.Route.Matcher)
	if err != nil {
		return nil, fmt.Errorf("[%s] message_matcher: %w", sec.Name, err)
	}
	return &routeSpec{sec: sec, text: sec.Signature(), matcher: m, signer: sec.Route.Signer}, nil
}
