package config

// matcher checks message_matcher; a complaint points into its text.
func (l *loader) matcher(d *decoder, s *draft) {
	off, what, fix := compileMatcher(s.Route.Matcher)
	if what == "" {
		return
	}
	pos := s.node.keyPos()
	if n := s.node.kids["message_matcher"]; n != nil {
		if n.bad || n.kind != stringNode {
			return
		}
		pos = n.strPos(off)
	}
	d.error(pos, s.Name, "message_matcher: "+what, fix)
}

// compileMatcher says what is wrong with a matcher and where, "" for nothing.
func compileMatcher(src string) (off int, what, fix string) { return 0, "", "" }
