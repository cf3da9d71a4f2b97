package lua

import (
	"io"
	"io/fs"
	"os"
	"strings"
)

// loaded gives the results of load and its kin: a function, or nil and a message.
func (c *Call) loaded(chunk, source string) int {
	if strings.HasPrefix(source, "\x1bLua") {
		c.PushNil()
		c.PushString(chunkName(chunk) + ": binary chunks are not supported")
		return 2
	}
	p, err := c.vm.compile(chunk, source)
	if err != nil {
		c.PushNil()
		c.PushString(err.Error())
		return 2
	}
	c.Push(c.vm.mainFunction(p, c.globals))
	return 1
}

func baseLoadstring(c *Call) int {
	s := c.String(1)
	return c.loaded(c.OptString(2, s), s)
}

func baseLoad(c *Call) int {
	fn := c.Func(1)
	chunk := c.OptString(2, "=(load)")
	var b []byte
	for {
		th := (*thread)(c)
		slot := th.top
		c.Push(fn)
		if err := th.protect(slot, 0, 1, c.vm.handler); err != nil {
			if err.fatal() {
				panic(err)
			}
			c.PushNil()
			c.Push(err.Value)
			return 2
		}
		th.top = slot
		vals := th.stack[slot : slot+1]
		s, ok := vals[0].ToString()
		if vals[0].IsNil() || ok && s == "" {
			break
		}
		if !ok {
			c.PushNil()
			c.PushString((*thread)(c).where(1) + "reader function must return a string")
			return 2
		}
		c.Alloc(len(s))
		c.Work(len(s))
		b = append(b, s...)
	}
	return c.loaded(chunk, string(b))
}

func baseLoadfile(c *Call) int {
	name := c.OptString(1, "")
	src, chunk, err := c.vm.readSource(name)
	if err != nil {
		c.PushNil()
		c.PushString(err.Error())
		return 2
	}
	return c.loaded(chunk, src)
}

func baseDofile(c *Call) int {
	src, chunk, err := c.vm.readSource(c.OptString(1, ""))
	if err != nil {
		c.Raise(String(err.Error()))
	}
	if c.loaded(chunk, src) == 2 {
		c.Raise(c.stack[c.top-1])
	}
	th := (*thread)(c)
	slot := th.top - 1
	th.call(slot, 0, -1)
	return th.top - slot
}

// readSource reads a source file, or standard input when name is "". A first line
// that begins with # is left out.
func (vm *VM) readSource(name string) (src, chunk string, err error) {
	var b []byte
	if name == "" {
		chunk = "=stdin"
		if vm.opts.Stdin != nil {
			b, err = io.ReadAll(vm.opts.Stdin)
		}
	} else {
		chunk = "@" + name
		if b, err = os.ReadFile(name); err != nil {
			err = &fileError{"cannot open " + name, err}
		}
	}
	return SkipShebang(string(b)), chunk, err
}

// SkipShebang removes a first line that begins with #, its line end apart, so
// that a script can be a program and keep the numbers of its lines.
func SkipShebang(src string) string {
	if strings.HasPrefix(src, "#") {
		if i := strings.IndexByte(src, '\n'); i >= 0 {
			return src[i:]
		}
		return ""
	}
	return src
}

// fileError is an error of a file with a text of its own.
type fileError struct {
	text string
	err  error
}

func (e *fileError) Error() string { return e.text }
func (e *fileError) Unwrap() error { return e.err }

// NotFound is the error of a Loader that has no such module: tried lists where it
// looked, each place as "\n\tno file 'dir/name.lua'", for the message of require.
func NotFound(tried string) error { return &fileError{tried, fs.ErrNotExist} }
