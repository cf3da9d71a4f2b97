package config

import "reflect"

// liveGlobals are the options of [hekad] that a running daemon takes over.
var liveGlobals = map[string]bool{"shutdown_timeout": true, "report_interval": true}

// Keep sets every option that only a start can change back to what it is in
// running, and returns the names of those that differed.
func (g *Globals) Keep(running *Globals) (kept []string) {
	now, was := reflect.ValueOf(g).Elem(), reflect.ValueOf(running).Elem()
	for i := range now.NumField() {
		name := now.Type().Field(i).Tag.Get("toml")
		if liveGlobals[name] || now.Field(i).Equal(was.Field(i)) {
			continue
		}
		now.Field(i).Set(was.Field(i))
		kept = append(kept, name)
	}
	return kept
}
