package sandbox

import (
	"encoding"
	"maps"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/bit"
	"github.com/heka-project/heka/lua/cjson"
	"github.com/heka-project/heka/lua/cstruct"
	"github.com/heka-project/heka/lua/lpeg"
	"github.com/heka-project/heka/lua/preserve"
)

// openModules gives the script the modules that are made in Go.
func (s *Sandbox) openModules() {
	lpeg.Open(s.vm)
	cstruct.Open(s.vm)
	bit.Open(s.vm)
	o := cjson.Options{Sandbox: true, MaxOutput: s.opts.Output}
	if s.opts.Memory > 0 {
		o.MaxInput = int(s.opts.Memory / 2)
	}
	cjson.Open(s.vm, o)
	for _, m := range modules {
		m.open(s.vm)
	}
}

// module is a library of this room: userdata that scripts keep.
type module struct {
	open    func(*lua.VM)
	readers func() map[string]preserve.Reader // of saved objects; nil for none
}

var modules []module

// readersOf are the readers of all modules.
func readersOf() map[string]preserve.Reader {
	all := map[string]preserve.Reader{}
	for _, m := range modules {
		if m.readers != nil {
			maps.Copy(all, m.readers())
		}
	}
	return all
}

// textOf returns the text form of a userdata that has one.
func textOf(v lua.Value) (encoding.TextAppender, bool) { return lua.Data[encoding.TextAppender](v) }
