package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// addAlwaysThere adds the sections that exist without being written, where the
// type is known and no section has its name.
func (l *loader) addAlwaysThere() {
	for _, name := range alwaysThere {
		if info, ok := plugin.Lookup(name); ok && !l.named[name] {
			l.drafts = append(l.drafts, l.decode(name, newTable(newSource(Source{}), name, 0, byHeader), info, false))
		}
	}
}

// resolve finds the sections that sections name.
func (l *loader) resolve() {
	l.byName = make(map[string]*draft, len(l.drafts))
	for _, s := range l.drafts {
		l.byName[s.Name] = s
	}
	for _, s := range l.drafts {
		for _, r := range s.references() {
			l.refer(s, r)
		}
		if s.Info.Kind == plugin.KindOutput {
			l.framing(s)
		}
	}
	l.cycles()
}

func (s *draft) references() []plugin.Reference {
	var refs []plugin.Reference
	if s.Input.Splitter != "" {
		refs = append(refs, plugin.Reference{Kind: plugin.KindSplitter, Name: s.Input.Splitter, Option: "splitter"})
	}
	if s.Input.Decoder != "" {
		refs = append(refs, plugin.Reference{Kind: plugin.KindDecoder, Name: s.Input.Decoder, Option: "decoder"})
	}
	if s.Route.Encoder != "" {
		refs = append(refs, plugin.Reference{Kind: plugin.KindEncoder, Name: s.Route.Encoder, Option: "encoder"})
	}
	if r, ok := s.Config.(plugin.Referrer); ok && s.sound {
		refs = append(refs, r.References()...)
	}
	return refs
}

// find returns the draft of that kind and name, nil when there is none.
func (l *loader) find(kind plugin.Kind, name string) *draft {
	if s := l.byName[name]; s != nil && s.Info.Kind == kind {
		return s
	}
	return nil
}

func (l *loader) refer(s *draft, r plugin.Reference) {
	if to := l.find(r.Kind, r.Name); to != nil {
		if !slices.Contains(s.Refs, to.Section) {
			s.Refs = append(s.Refs, to.Section)
		}
		return
	}
	if l.foreign[r.Name] || l.opt.Foreign != nil && slices.Contains(alwaysThere, r.Name) && l.opt.Foreign(r.Name) {
		return
	}
	var names []string
	var other *draft
	for _, to := range l.drafts {
		if to.Info.Kind == r.Kind && to != s {
			names = append(names, to.Name)
		} else if to.Name == r.Name {
			other = to
		}
	}
	pos := place(s.node, r.Option)
	switch {
	case other != nil:
		l.complain(pos, s.Name, fmt.Sprintf("%s = %q names a section of type %s, which is no %s", r.Option, r.Name, other.Info.Name, r.Kind),
			"name one whose type ends in "+suffix(r.Kind))
	case l.named[r.Name]: // that section has a complaint of its own
	default:
		l.complain(pos, s.Name, fmt.Sprintf("%s = %q names no %s section", r.Option, r.Name, r.Kind), referFix(r, names))
	}
}

// suffix is what the names of a kind's types end in.
func suffix(k plugin.Kind) string {
	s := k.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func referFix(r plugin.Reference, names []string) string {
	if near := nearest(r.Name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if info, ok := plugin.Lookup(r.Name); ok && info.Kind == r.Kind {
		return fmt.Sprintf("add a section [%s]", r.Name)
	}
	if _, what, fix := lookupType(r.Name); slices.Contains(knownTypes, r.Name) || goneTypes[r.Name] != "" {
		return what + ": " + fix
	}
	var types []string
	for _, info := range plugin.All() {
		if info.Kind == r.Kind {
			types = append(types, info.Name)
		}
	}
	if near := nearest(r.Name, types); near != "" {
		return fmt.Sprintf("did you mean %q? it needs a section [%s]", near, near)
	}
	if len(names) > 0 {
		slices.Sort(names)
		return fmt.Sprintf("add a section [%s], or name one of %s", keyText(r.Name), quoteAll(names))
	}
	return fmt.Sprintf("add a section [%s]", keyText(r.Name))
}

// framing settles use_framing where it is left open.
func (l *loader) framing(s *draft) {
	enc := l.find(plugin.KindEncoder, s.Route.Encoder)
	if s.Route.UseFraming == nil {
		on := s.Info.About.AutoFraming && (enc != nil && enc.Info.Name == "ProtobufEncoder" || enc == nil && s.Route.Encoder == "ProtobufEncoder")
		s.Route.UseFraming = &on
	} else if *s.Route.UseFraming && s.Route.Encoder == "" {
		l.warn(place(s.node, "use_framing"), s.Name, "use_framing = true has no effect without an encoder", `add encoder = "ProtobufEncoder", or remove it`)
	}
}

// cycles complains about decoders that lead back to themselves.
func (l *loader) cycles() {
	state := map[*Section]int{} // 1 on the way, 2 done
	var walk func(s *draft, way []string)
	walk = func(s *draft, way []string) {
		state[s.Section] = 1
		way = append(way, s.Name)
		r, _ := s.Config.(plugin.Referrer)
		if r != nil && s.sound {
			for _, ref := range r.References() {
				to := l.find(ref.Kind, ref.Name)
				switch {
				case to == nil || state[to.Section] == 2:
				case state[to.Section] == 1:
					loop := append(slices.Clone(way[slices.Index(way, to.Name):]), to.Name)
					l.complain(place(s.node, ref.Option), s.Name, fmt.Sprintf("%s leads back to itself: %s", ref.Option, strings.Join(loop, " → ")),
						"remove one of these names")
				default:
					walk(to, way)
				}
			}
		}
		state[s.Section] = 2
	}
	for _, s := range l.drafts {
		if state[s.Section] == 0 {
			walk(s, nil)
		}
	}
}

// finish puts the sections into the plan.
func (l *loader) finish() {
	for _, kind := range plugin.Kinds() {
		for _, given := range []bool{false, true} {
			for _, s := range l.drafts {
				if s.Info.Kind == kind && s.given == given {
					if f, ok := s.Config.(plugin.Fingerprinter); ok && s.sound {
						s.Files = f.Fingerprint(l.plan.Globals.ShareDir)
					}
					l.plan.Sections = append(l.plan.Sections, s.Section)
				}
			}
		}
	}
	l.plan.Warnings = l.warnings
}

// Signature is the Text of a section and of all that it names, files included:
// while it stays the same, a running instance can stay.
func (s *Section) Signature() string {
	var b strings.Builder
	seen := map[*Section]bool{}
	var add func(s *Section)
	add = func(s *Section) {
		if seen[s] {
			return
		}
		seen[s] = true
		b.WriteString(s.Text)
		b.WriteString(s.Files)
		for _, r := range s.Refs {
			b.WriteString("[" + keyText(r.Name) + "]\n")
			add(r)
		}
	}
	add(s)
	return b.String()
}
