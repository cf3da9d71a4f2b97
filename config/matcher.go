package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/heka-project/heka/match"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// matcher checks message_matcher; a complaint points into its text.
func (l *loader) matcher(d *decoder, s *draft) {
	n := s.node.kids["message_matcher"]
	if n != nil && (n.bad || n.kind != stringNode) {
		return
	}
	m, err := match.Compile(s.Route.Matcher)
	if err == nil {
		l.loop(s, n, m)
		return
	}
	pos, what, fix := s.node.keyPos(), err.Error(), "see docs/reference/matcher.md"
	var me *match.Error
	if errors.As(err, &me) {
		what, fix = me.What, me.Fix
		if n != nil {
			pos = n.strPos(me.Pos)
		}
	}
	d.error(pos, s.Name, "message_matcher: "+what, fix)
}

// loop warns of a filter that takes the messages it injects, where its option
// message_type tells what they are: each would be refused.
func (l *loader) loop(s *draft, n *node, m *match.Matcher) {
	if s.Info.Kind != plugin.KindFilter {
		return
	}
	typ := stringOption(s.Config, "message_type")
	if typ == "" {
		return
	}
	draft := message.Draft{Header: message.Header{Type: typ, Logger: s.Name, Severity: message.DefaultSeverity}}
	var v message.View
	if !v.Parse(draft.Encode(), nil) || !m.Match(&v) {
		return
	}
	pos := s.node.keyPos()
	if n != nil {
		pos = n.valPos()
	}
	fix := fmt.Sprintf("add && Type != '%s'", typ)
	if strings.Contains(typ, "%{") { // no single Type could be excluded
		fix = "name the Types that it shall take, as in Type == 'nginx.access'"
	}
	l.warn(pos, s.Name, fmt.Sprintf("message_matcher takes what the filter itself injects, messages of type %q: they would be refused", typ), fix)
}

// stringOption is the value of a string option of a config struct, "" when it
// has none of that name.
func stringOption(config any, name string) string {
	v := reflect.ValueOf(config).Elem()
	for _, o := range optionsOf(v.Type()) {
		if o.name == name && o.typ.Kind() == reflect.String {
			return v.FieldByIndex(o.index).String()
		}
	}
	return ""
}
