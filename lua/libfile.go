package lua

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// file returns the open file at argument i.
func (c *Call) file(i int) *luaFile {
	f := Check[*luaFile](c, i, fileType)
	if f.closed {
		c.Errorf("attempt to use a closed file")
	}
	return f
}

// standardFile returns the default input or output.
func (c *Call) standardFile(key string) *luaFile {
	f, ok := Data[*luaFile](c.vm.registry.GetString(key))
	if !ok || f.closed {
		c.Errorf("standard %s file is closed", strings.TrimPrefix(key, "io."))
	}
	return f
}

func ioClose(c *Call) int {
	if c.n == 0 {
		return c.closeFile(c.standardFile("io.output"))
	}
	return c.closeFile(c.file(1))
}

func fileClose(c *Call) int { return c.closeFile(c.file(1)) }

func (c *Call) closeFile(f *luaFile) int {
	if f.standard {
		c.PushNil()
		c.PushString("cannot close standard file")
		return 2
	}
	err := f.Close()
	for i, o := range c.vm.open {
		if o == io.Closer(f) {
			c.vm.open = append(c.vm.open[:i], c.vm.open[i+1:]...)
			break
		}
	}
	return c.fileResult(err, "")
}

func fileGC(c *Call) int {
	if f, ok := Data[*luaFile](c.Arg(1)); ok && !f.closed {
		c.closeFile(f)
	}
	return 0
}

func fileString(c *Call) int {
	f := Check[*luaFile](c, 1, fileType)
	if f.closed {
		c.PushString("file (closed)")
	} else {
		c.PushString(fmt.Sprintf("file (0x%x)", 0x5500_0000_0000+uint64(c.Arg(1).id())*64))
	}
	return 1
}

func ioFlush(c *Call) int   { return c.flush(c.standardFile("io.output")) }
func fileFlush(c *Call) int { return c.flush(c.file(1)) }

func (c *Call) flush(f *luaFile) int {
	if f.w == nil {
		c.Push(True)
		return 1
	}
	return c.fileResult(f.w.Flush(), "")
}

func ioWrite(c *Call) int   { return c.write(c.standardFile("io.output"), 1) }
func fileWrite(c *Call) int { return c.write(c.file(1), 2) }

func (c *Call) write(f *luaFile, from int) int {
	if f.w == nil {
		return c.fileResult(syscall.EBADF, "")
	}
	f.settle()
	var err error
	for i := from; i <= c.n && err == nil; i++ {
		s := c.String(i)
		c.vm.charge(int64(len(s)) >> 6)
		if _, err = f.w.WriteString(s); err == nil && f.line && strings.Contains(s, "\n") {
			err = f.w.Flush()
		}
	}
	if f.none && err == nil {
		err = f.w.Flush()
	}
	return c.fileResult(err, "")
}

// settle puts the position of the file where the script believes it is, between
// reading ahead and writing late.
func (f *luaFile) settle() {
	if f.f == nil || f.r == nil || f.w == nil {
		return
	}
	if n := f.r.Buffered(); n > 0 {
		f.f.Seek(int64(-n), io.SeekCurrent)
		f.r.Reset(f.f)
	}
}

func fileSeek(c *Call) int {
	f := c.file(1)
	whence := c.Choice(2, "cur", "set", "cur", "end")
	offset := c.OptInt(3, 0)
	if f.f == nil {
		return c.fileResult(os.ErrInvalid, "")
	}
	if f.w != nil {
		if err := f.w.Flush(); err != nil {
			return c.fileResult(err, "")
		}
	}
	if f.r != nil {
		if whence == io.SeekCurrent {
			offset -= f.r.Buffered()
		}
	}
	at, err := f.f.Seek(int64(offset), whence)
	if err != nil {
		return c.fileResult(err, "")
	}
	if f.r != nil {
		f.r.Reset(f.f)
	}
	c.PushNumber(float64(at))
	return 1
}

func fileSetvbuf(c *Call) int {
	f := c.file(1)
	mode := c.Choice(2, "", "no", "full", "line")
	size := c.OptInt(3, 512)
	if f.w != nil {
		err := f.w.Flush()
		if f.f != nil && mode != 0 && size > f.w.Size() && size <= 1<<20 {
			c.Alloc(size)
			f.w = bufio.NewWriterSize(f.f, size)
		}
		f.none, f.line = mode == 0, mode == 2
		return c.fileResult(err, "")
	}
	c.Push(True)
	return 1
}

func ioLines(c *Call) int {
	if c.n == 0 {
		c.Push(c.vm.NewClosure("lines", linesStep, c.vm.registry.GetString("io.input"), False))
		return 1
	}
	if c.Arg(1).IsNil() {
		c.TypeError(1, fileType)
	}
	name := c.String(1)
	f, err := os.Open(name)
	if err != nil {
		text, _ := errorText(err)
		c.ArgError(1, name+": "+text)
	}
	c.pushFile(c.newFile(f, true, false))
	c.Push(c.vm.NewClosure("lines", linesStep, c.stack[c.top-1], True))
	return 1
}

func fileLines(c *Call) int {
	c.file(1)
	c.Push(c.vm.NewClosure("lines", linesStep, c.Arg(1), False))
	return 1
}

// linesStep is the iterator of lines; the second upvalue tells whether it closes
// the file at its end.
func linesStep(c *Call) int {
	f, _ := Data[*luaFile](*c.Upvalue(0))
	if f == nil || f.closed {
		c.Errorf("file is already closed")
	}
	v := c.readLine(f)
	if v.IsNil() && c.Upvalue(1).Truth() {
		c.closeFile(f)
	}
	c.Push(v)
	return 1
}
