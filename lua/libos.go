package lua

import (
	"os"
	"os/exec"
	"time"
)

var osEntries = []entry{
	{name: "clock", fn: osClock, in: inAll},
	{name: "date", fn: osDate, in: inAll},
	{name: "difftime", fn: osDifftime, in: inAll},
	{name: "execute", fn: osExecute, in: inFull | inIO},
	{name: "exit", fn: osExit, in: inFull},
	{name: "getenv", fn: osGetenv, in: inFull | inIO},
	{name: "remove", fn: osRemove, in: inFull | inIO},
	{name: "rename", fn: osRename, in: inFull | inIO},
	{name: "setlocale", fn: osSetlocale, in: inFull},
	{name: "time", fn: osTime, in: inAll},
	{name: "tmpname", fn: osTmpname, in: inFull | inIO},
}

var processStart = time.Now()

// osClock is the time since the program began: Go does not tell that of one VM.
func osClock(c *Call) int {
	if f := c.vm.opts.Clock; f != nil {
		c.PushNumber(f().Seconds())
	} else {
		c.PushNumber(time.Since(processStart).Seconds())
	}
	return 1
}

func osDifftime(c *Call) int {
	c.PushNumber(c.Number(1) - c.OptNumber(2, 0))
	return 1
}

func osExecute(c *Call) int {
	if c.Arg(1).IsNil() {
		c.PushInt(1)
		return 1
	}
	cmd := exec.Command("/bin/sh", "-c", c.String(1))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.vm.opts.Stdin, c.vm.opts.Stdout, c.vm.opts.Stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		c.PushInt(-1)
		return 1
	}
	c.PushInt(cmd.ProcessState.ExitCode() << 8)
	return 1
}

// Exit is how os.exit ends a script: the cause of an Error of KindInterrupted.
type Exit struct{ Code int }

func (e *Exit) Error() string { return "os.exit called" }

// osExit unwinds to the host, which decides whether the program ends.
func osExit(c *Call) int {
	e := &Exit{c.OptInt(1, 0)}
	(*thread)(c).raiseFatal(KindInterrupted, e.Error(), e)
	return 0
}

func osGetenv(c *Call) int {
	if s, ok := os.LookupEnv(c.String(1)); ok {
		c.PushString(s)
	} else {
		c.PushNil()
	}
	return 1
}

func osRemove(c *Call) int {
	name := c.String(1)
	return c.fileResult(os.Remove(name), name)
}

func osRename(c *Call) int {
	name := c.String(1)
	return c.fileResult(os.Rename(name, c.String(2)), name)
}

func osSetlocale(c *Call) int {
	locale := c.OptString(1, "C")
	c.Choice(2, "all", "all", "collate", "ctype", "monetary", "numeric", "time")
	if locale == "" || locale == "C" || locale == "POSIX" {
		c.PushString("C")
	} else {
		c.PushNil()
	}
	return 1
}

func osTmpname(c *Call) int {
	f, err := os.CreateTemp("", "lua_")
	if err != nil {
		c.Errorf("unable to generate a unique filename")
	}
	f.Close()
	c.PushString(f.Name())
	return 1
}

// location is the zone of os.time and os.date: UTC in the sandboxes, whatever the
// zone of the host.
func (vm *VM) location() *time.Location {
	if vm.opts.Profile == Full {
		return time.Local
	}
	return time.UTC
}

func osTime(c *Call) int {
	if c.Arg(1).IsNil() {
		c.PushNumber(float64(c.vm.opts.Now().Unix()))
		return 1
	}
	t := c.Table(1)
	field := func(name string, def int) int {
		f, ok := (*thread)(c).index(t.Value(), c.vm.Intern(name)).ToNumber()
		if ok {
			return toInt(f)
		}
		if def < 0 {
			c.Errorf("field '%s' missing in date table", name)
		}
		return def
	}
	sec, minute, hour := field("sec", 0), field("min", 0), field("hour", 12)
	day, month, year := field("day", -1), field("month", -1), field("year", -1)
	isdst := (*thread)(c).index(t.Value(), c.vm.Intern("isdst"))
	const far = 1 << 31 // more than a C int holds
	for _, n := range []int{sec, minute, hour, day, month, year} {
		if n >= far || n < -far {
			c.PushNil()
			return 1
		}
	}
	when := time.Date(year, time.Month(month), day, hour, minute, sec, 0, c.vm.location())
	if isdst.Truth() && !when.IsDST() {
		when = when.Add(-time.Hour) // the clock was said to be an hour ahead
	}
	c.PushNumber(float64(when.Unix()))
	return 1
}
