package sandbox

import (
	"encoding"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/lua/bit"
	"github.com/heka-project/heka/lua/cjson"
	"github.com/heka-project/heka/lua/cstruct"
	"github.com/heka-project/heka/lua/lpeg"
	"github.com/heka-project/heka/sandbox/socket"
	"github.com/heka-project/heka/sandbox/userdata"
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
	userdata.Open(s.vm)
	if s.opts.Kind == Input || s.opts.Kind == Output {
		socket.Open(s.vm)
	}
}

// textOf returns the text form of a userdata that has one.
func textOf(v lua.Value) (encoding.TextAppender, bool) { return lua.Data[encoding.TextAppender](v) }
