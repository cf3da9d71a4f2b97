package lua

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

var ioEntries = []entry{
	{name: "close", fn: ioClose, in: inAll},
	{name: "flush", fn: ioFlush, in: inAll},
	{name: "input", fn: ioInput, in: inAll},
	{name: "lines", fn: ioLines, in: inAll},
	{name: "open", fn: ioOpen, in: inAll},
	{name: "output", fn: ioOutput, in: inAll},
	{name: "popen", fn: ioPopen, in: inAll},
	{name: "read", fn: ioRead, in: inAll},
	{name: "tmpfile", fn: ioTmpfile, in: inAll},
	{name: "type", fn: ioType, in: inAll},
	{name: "write", fn: ioWrite, in: inAll},
}

// luaFile is the data of a file. Reading and writing share the position of the
// file: what has been buffered of one is settled before the other begins.
type luaFile struct {
	f        *os.File // nil for a standard stream of the host
	cmd      *exec.Cmd
	r        *bufio.Reader
	w        *bufio.Writer
	line     bool // flush after each line
	none     bool // flush after each write
	closed   bool
	standard bool
}

const fileType = "FILE*"

// LuaSize is what the buffers take.
func (f *luaFile) LuaSize() int {
	n := 0
	if f.r != nil {
		n += f.r.Size()
	}
	if f.w != nil {
		n += f.w.Size()
	}
	return n
}

func openIO(vm *VM, t *Table) {
	meta, _ := vm.Metatable(fileType)
	vm.Register(meta,
		Entry{"close", fileClose}, Entry{"flush", fileFlush}, Entry{"lines", fileLines}, Entry{"read", fileRead},
		Entry{"seek", fileSeek}, Entry{"setvbuf", fileSetvbuf}, Entry{"write", fileWrite},
		Entry{"__gc", fileGC}, Entry{"__tostring", fileString})
	meta.SetString("__index", meta.Value())
	in, out, errs := vm.opts.Stdin, vm.opts.Stdout, vm.opts.Stderr
	if in == nil {
		in = strings.NewReader("")
	}
	if out == nil {
		out = io.Discard
	}
	if errs == nil {
		errs = io.Discard
	}
	std := func(f *luaFile) Value {
		f.standard = true
		u := vm.NewUserdata(f, nil)
		u.meta = meta
		return u.Value()
	}
	stdin := std(&luaFile{r: bufio.NewReaderSize(in, 512)})
	stdout := std(&luaFile{w: bufio.NewWriterSize(out, 512), none: true})
	t.SetString("stdin", stdin)
	t.SetString("stdout", stdout)
	t.SetString("stderr", std(&luaFile{w: bufio.NewWriterSize(errs, 64), none: true}))
	vm.registry.SetString("io.input", stdin)
	vm.registry.SetString("io.output", stdout)
}

// fileResult gives true, or nil, a message and the number of an error.
func (c *Call) fileResult(err error, name string) int {
	if err == nil {
		c.Push(True)
		return 1
	}
	c.PushNil()
	text, code := errorText(err)
	if name != "" {
		text = name + ": " + text
	}
	c.PushString(text)
	c.PushInt(code)
	return 3
}

// errorText is an error as C's strerror says it, and its number.
func errorText(err error) (string, int) {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		s := errno.Error()
		return strings.ToUpper(s[:1]) + s[1:], int(errno)
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return err.Error(), 0
}

// newFile makes a file of an open *os.File.
func (c *Call) newFile(f *os.File, read, write bool) *luaFile {
	lf := &luaFile{f: f}
	c.Alloc(8192)
	if read {
		lf.r = bufio.NewReader(f)
	}
	if write {
		lf.w = bufio.NewWriter(f)
	}
	c.vm.open = append(c.vm.open, lf)
	return lf
}

func (c *Call) pushFile(f *luaFile) {
	meta, _ := c.vm.Metatable(fileType)
	c.Push(c.vm.NewUserdata(f, meta).Value())
}

// Close closes the file, for a script or for VM.Close.
func (f *luaFile) Close() error {
	if f.closed || f.standard {
		return nil
	}
	f.closed = true
	var err error
	if f.w != nil {
		err = f.w.Flush()
	}
	if e := f.f.Close(); err == nil {
		err = e
	}
	if f.cmd != nil {
		f.cmd.Wait()
	}
	return err
}

func ioOpen(c *Call) int {
	name, mode := c.String(1), c.OptString(2, "r")
	flags := 0
	switch strings.Replace(mode, "b", "", 1) {
	case "r":
		flags = os.O_RDONLY
	case "w":
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	case "a":
		flags = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case "r+":
		flags = os.O_RDWR
	case "w+":
		flags = os.O_RDWR | os.O_CREATE | os.O_TRUNC
	case "a+":
		flags = os.O_RDWR | os.O_CREATE | os.O_APPEND
	default:
		return c.fileResult(syscall.EINVAL, name)
	}
	f, err := os.OpenFile(name, flags, 0o666)
	if err != nil {
		return c.fileResult(err, name)
	}
	c.pushFile(c.newFile(f, flags&os.O_WRONLY == 0, flags&(os.O_WRONLY|os.O_RDWR) != 0))
	return 1
}

func ioTmpfile(c *Call) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		return c.fileResult(err, "")
	}
	os.Remove(f.Name())
	c.pushFile(c.newFile(f, true, true))
	return 1
}

func ioPopen(c *Call) int {
	command, mode := c.String(1), c.OptString(2, "r")
	cmd := exec.Command("/bin/sh", "-c", command)
	r, w, err := os.Pipe()
	if err != nil {
		return c.fileResult(err, command)
	}
	mine, theirs := r, w
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.vm.opts.Stdin, w, c.vm.opts.Stderr
	if strings.HasPrefix(mode, "w") {
		mine, theirs = w, r
		cmd.Stdin, cmd.Stdout = r, c.vm.opts.Stdout
	}
	if err := cmd.Start(); err != nil {
		r.Close()
		w.Close()
		return c.fileResult(err, command)
	}
	theirs.Close()
	f := c.newFile(mine, mine == r, mine == w)
	f.cmd = cmd
	c.pushFile(f)
	return 1
}

func ioType(c *Call) int {
	f, ok := Data[*luaFile](c.Any(1))
	switch {
	case !ok:
		c.PushNil()
	case f.closed:
		c.Push(String("closed file"))
	default:
		c.Push(String("file"))
	}
	return 1
}

func ioInput(c *Call) int  { return c.defaultFile("io.input", "r") }
func ioOutput(c *Call) int { return c.defaultFile("io.output", "w") }

// defaultFile sets or gives the default input or output.
func (c *Call) defaultFile(key, mode string) int {
	if v := c.Arg(1); v.bits != tagNil {
		if name, ok := v.ToString(); ok {
			flags := os.O_RDONLY
			if mode == "w" {
				flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
			}
			f, err := os.OpenFile(name, flags, 0o666)
			if err != nil {
				text, _ := errorText(err)
				c.ArgError(1, name+": "+text)
			}
			c.pushFile(c.newFile(f, mode == "r", mode == "w"))
		} else {
			c.file(1)
			c.Push(v)
		}
		c.vm.registry.SetString(key, c.stack[c.top-1])
	}
	c.Push(c.vm.registry.GetString(key))
	return 1
}
