package lua

import (
	"fmt"
	"strings"
	"time"
)

func osDate(c *Call) int {
	format := c.OptString(1, "%c")
	var when time.Time
	if c.Arg(2).IsNil() {
		when = c.vm.opts.Now()
	} else {
		when = time.Unix(int64(toInt(c.Number(2))), 0)
	}
	if rest, ok := strings.CutPrefix(format, "!"); ok {
		format, when = rest, when.UTC()
	} else {
		when = when.In(c.vm.location())
	}
	if y := when.Year(); y > 1<<31-1+1900 || y < -1<<31 {
		c.PushNil()
		return 1
	}
	if strings.HasPrefix(format, "*t") {
		c.Push(c.dateTable(when).Value())
		return 1
	}
	c.Work(len(format))
	var b strings.Builder
	for {
		i := strings.IndexByte(format, '%')
		if i < 0 || i+1 == len(format) {
			b.WriteString(format)
			break
		}
		c.Charge(16)
		b.WriteString(format[:i])
		b.WriteString(strftime(when, format[i+1]))
		format = format[i+2:]
	}
	c.PushString(b.String())
	return 1
}

func (c *Call) dateTable(t time.Time) *Table {
	d := c.NewTable(0, 9)
	set := func(name string, n int) { d.Set(c.vm.Intern(name), Int(n)) }
	set("sec", t.Second())
	set("min", t.Minute())
	set("hour", t.Hour())
	set("day", t.Day())
	set("month", int(t.Month()))
	set("year", t.Year())
	set("wday", int(t.Weekday())+1)
	set("yday", t.YearDay())
	d.Set(c.vm.Intern("isdst"), Bool(t.IsDST()))
	return d
}

// strftime formats one conversion of C's strftime in the C locale.
func strftime(t time.Time, letter byte) string {
	two := func(n int) string { return fmt.Sprintf("%02d", n) }
	switch letter {
	case 'a':
		return t.Weekday().String()[:3]
	case 'A':
		return t.Weekday().String()
	case 'b', 'h':
		return t.Month().String()[:3]
	case 'B':
		return t.Month().String()
	case 'c':
		return t.Format("Mon Jan _2 15:04:05 2006")
	case 'C':
		return two(t.Year() / 100)
	case 'd':
		return two(t.Day())
	case 'D', 'x':
		return t.Format("01/02/06")
	case 'e':
		return fmt.Sprintf("%2d", t.Day())
	case 'F':
		return t.Format("2006-01-02")
	case 'g':
		y, _ := t.ISOWeek()
		return two(y % 100)
	case 'G':
		y, _ := t.ISOWeek()
		return fmt.Sprint(y)
	case 'H':
		return two(t.Hour())
	case 'I':
		return two((t.Hour()+11)%12 + 1)
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay())
	case 'k':
		return fmt.Sprintf("%2d", t.Hour())
	case 'l':
		return fmt.Sprintf("%2d", (t.Hour()+11)%12+1)
	case 'm':
		return two(int(t.Month()))
	case 'M':
		return two(t.Minute())
	case 'n':
		return "\n"
	case 'p':
		return t.Format("PM")
	case 'P':
		return t.Format("pm")
	case 'r':
		return t.Format("03:04:05 PM")
	case 'R':
		return t.Format("15:04")
	case 's':
		return fmt.Sprint(t.Unix())
	case 'S':
		return two(t.Second())
	case 't':
		return "\t"
	case 'T', 'X':
		return t.Format("15:04:05")
	case 'u':
		return fmt.Sprint((int(t.Weekday())+6)%7 + 1)
	case 'U':
		return two((t.YearDay() + 6 - int(t.Weekday())) / 7)
	case 'V':
		_, w := t.ISOWeek()
		return two(w)
	case 'w':
		return fmt.Sprint(int(t.Weekday()))
	case 'W':
		return two((t.YearDay() + 6 - (int(t.Weekday())+6)%7) / 7)
	case 'y':
		return two(t.Year() % 100)
	case 'Y':
		return fmt.Sprint(t.Year())
	case 'z':
		return t.Format("-0700")
	case 'Z':
		name, _ := t.Zone()
		if name == "UTC" {
			return "GMT"
		}
		return name
	case '%':
		return "%"
	}
	return "%" + string([]byte{letter})
}
