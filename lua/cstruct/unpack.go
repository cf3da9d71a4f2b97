package cstruct

import (
	"math"
	"strings"

	"github.com/heka-project/heka/lua"
)

// maxResults is how many values one call may give.
const maxResults = 7900

func unpack(c *lua.Call) int {
	f := newFormat(c)
	data := c.String(2)
	at := c.OptInt(3, 1) - 1
	if at < 0 {
		c.ArgError(3, "offset must be 1 or greater")
	}
	for n := 0; ; {
		o, pad := f.next(at)
		if o.kind == 0 {
			c.PushInt(at + 1)
			return n + 1
		}
		if at > len(data) || pad > len(data)-at || o.size > len(data)-at-pad {
			c.ArgError(2, "data string too short")
		}
		at += pad
		if n++; n > maxResults {
			c.Errorf("stack overflow (too many results)")
		}
		switch o.kind {
		case 'x':
			n--
		case 'f':
			c.PushNumber(float64(math.Float32frombits(uint32(integer(data[at:at+4], f.big)))))
		case 'd':
			c.PushNumber(math.Float64frombits(integer(data[at:at+8], f.big)))
		case 'c':
			if o.size == 0 {
				o.size = counted(c, &n)
				if o.size < 0 || o.size > len(data)-at {
					c.ArgError(2, "data string too short")
				}
			}
			c.Work(o.size)
			c.PushCopy(data[at : at+o.size])
		case 's':
			end := strings.IndexByte(data[at:], 0)
			if end < 0 {
				c.Errorf("unfinished string in data")
			}
			c.Work(end)
			c.PushCopy(data[at : at+end])
			o.size = end + 1
		case 'b', 'h', 'l', 'i':
			c.PushNumber(signed(integer(data[at:at+o.size], f.big), o.size))
		default:
			c.PushNumber(float64(integer(data[at:at+o.size], f.big)))
		}
		at += o.size
	}
}

// counted takes back the number read before c0 and returns it.
func counted(c *lua.Call, n *int) int {
	*n--
	if *n == 0 {
		c.Errorf("format 'c0' needs a previous size")
	}
	f, ok := c.Results(c.Pushed() - 1)[0].ToNumber()
	if !ok {
		c.Errorf("format 'c0' needs a previous size")
	}
	c.Cut(c.Pushed() - 1)
	if !(f >= 0 && f <= math.MaxInt32) {
		return -1
	}
	return int(f)
}

// integer reads an integer; bytes beyond the lowest 8 are lost.
func integer(b string, big bool) (x uint64) {
	for i := range len(b) {
		k := len(b) - 1 - i
		if big {
			k = i
		}
		x = x<<8 | uint64(b[k])
	}
	return x
}

// signed extends the sign of an integer of size bytes.
func signed(x uint64, size int) float64 {
	if size > 0 && size < 8 {
		shift := 64 - 8*size
		return float64(int64(x<<shift) >> shift)
	}
	return float64(int64(x))
}
