package accesslog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/stamp"
	"github.com/heka-project/heka/message"
)

// kind says how a variable's value is read and what becomes of it.
type kind uint8

const (
	kText     kind = iota // up to the text that follows: string
	kToken                // text that cannot be absent: `-` has a meaning
	kInt                  // digits: integer; `-` is absent
	kSize                 // digits: integer; `-` is 0
	kHex                  // hexadecimal digits: integer
	kStatus               // three digits: integer; `-` is absent
	kDecimal              // digits[.digits]: double; `-` is absent
	kHost                 // address or host name: string with its representation
	kMark                 // `?` or nothing: string
	kQuery                // text that begins with `?`, or nothing: string
	kAddrs                // list: strings
	kInts                 // list: integers
	kZeros                // list of integers, `-` for 0
	kDecimals             // list of decimals, `-` for 0: doubles
	kDate                 // HTTP date: integer, ns
	kCLF                  // the rest: the message's time
	kISO
	kEpoch   // seconds[.fraction]
	kEpochMS // milliseconds
	kEpochUS // microseconds
	kLayout  // strftime
	kFracMS  // three digits: double, s
	kFracUS  // six digits: double, s
)

// part is one variable of a format with the fixed text behind it. What every line
// needs comes first.
type part struct {
	kind   kind
	before byte   // last byte of the text in front: ' ' for white space or none
	plain  bool   // kText, kToken: the value is kept just as it is
	word   uint32 // tail of up to four bytes as one number, under mask; mask 0: longer
	mask   uint32
	tail   string            // the text behind; a blank stands for any run of white space
	head   message.FieldHead // name and representation, encoded; of an address that is ipv4
	name   string            // of the field, "" when the value is not kept

	hosts  [2]message.FieldHead // kHost: ipv6, hostname
	until  string               // tail of the variable that ends a run of variables such as $uri$is_args$args
	repr   string               // the field's representation
	layout *stamp.Layout        // kLayout, kDate
	agent  bool                 // the value is a User-Agent
	as     string               // as written, for complaints

	errValue, errTail error
}

// format is a compiled log_format.
type format struct {
	head  string // text before the first variable
	parts []part
}

// named formats. nginx and Apache agree on the lines of `combined`; Apache's
// form is the wider one.
var named = map[string]string{
	"combined":       `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`,
	"common":         `%h %l %u %t "%r" %>s %b`,
	"combinedio":     `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %I %O`,
	"vhost_combined": `%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i"`,
	"vhost_common":   `%v %h %l %u %t "%r" %>s %b`,
	"main": `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent ` +
		`"$http_referer" "$http_user_agent" "$http_x_forwarded_for"`,
}

const names = "combined, combinedio, common, main, vhost_combined, vhost_common"

// compile reads a log_format in nginx's or Apache's syntax, or the name of one.
func compile(text string, loc *time.Location, now func() time.Time) (*format, error) {
	text = strings.TrimSpace(unpack(text))
	if f, ok := named[text]; ok {
		text = f
	}
	f := &format{}
	var err error
	switch {
	case hasVariable(text):
		err = f.nginx(text)
	case strings.Contains(text, "%"):
		err = f.apache(text)
	default:
		return nil, fmt.Errorf("%q holds neither an nginx $variable nor an Apache %%directive and is none of %s", text, names)
	}
	if err != nil {
		return nil, err
	}
	if len(f.parts) == 0 {
		return nil, errors.New("there is no variable in it")
	}
	if err := f.link(); err != nil {
		return nil, err
	}
	for i := range f.parts {
		if p := &f.parts[i]; p.layout != nil {
			p.layout.Loc, p.layout.Now = loc, now
			p.layout.Plain = strings.HasPrefix(p.tail, ".")
		}
	}
	return f, nil
}

// literal appends one byte of fixed text; white space becomes one blank.
func (f *format) literal(c byte) {
	t := &f.head
	if n := len(f.parts); n > 0 {
		t = &f.parts[n-1].tail
	}
	if isSpace(c) {
		if strings.HasSuffix(*t, " ") {
			return
		}
		c = ' '
	}
	*t += string([]byte{c})
}

// link settles what needs to know its neighbours.
func (f *format) link() error {
	last := map[string]int{}
	text := f.head
	for i := range f.parts {
		p := &f.parts[i]
		p.before = ' '
		if text != "" {
			p.before = text[len(text)-1]
		}
		text = p.tail
		if j, ok := last[p.name]; ok {
			f.parts[j].name = "" // the later one wins
		}
		last[p.name] = i
		p.prepare()
		p.errValue = fmt.Errorf("access log line does not fit log_format at %s: %s", p.as, wants[p.kind])
		p.errTail = fmt.Errorf("access log line does not fit log_format after %s: want %q there", p.as, p.tail)
		if p.kind != kText && p.kind != kToken || p.tail != "" || i+1 == len(f.parts) {
			continue
		}
		end := i + 1
		for end < len(f.parts)-1 && f.parts[end].tail == "" {
			end++
		}
		if k := f.parts[i+1].kind; k != kMark && k != kQuery {
			return fmt.Errorf("nothing separates %s from %s; put a character between them", p.as, f.parts[i+1].as)
		}
		p.until = f.parts[end].tail
	}
	return nil
}

// prepare encodes what the fields of the variable have in common.
func (p *part) prepare() {
	if n := len(p.tail); n > 0 && n <= 4 {
		var b [4]byte
		copy(b[:], p.tail)
		p.word, p.mask = binary.LittleEndian.Uint32(b[:]), 1<<(8*n)-1
	}
	switch p.kind {
	case kHost:
		p.head = message.NewFieldHead(p.name, message.String, "ipv4")
		p.hosts[0] = message.NewFieldHead(p.name, message.String, "ipv6")
		p.hosts[1] = message.NewFieldHead(p.name, message.String, "hostname")
	case kText, kToken, kMark, kQuery:
		p.head = message.NewFieldHead(p.name, message.String, p.repr)
	case kDecimal, kFracMS, kFracUS:
		p.head = message.NewFieldHead(p.name, message.Double, p.repr)
	default:
		p.head = message.NewFieldHead(p.name, message.Integer, p.repr)
	}
}

var wants = [...]string{
	kText: "want text", kToken: "want text",
	kInt: "want a whole number", kSize: "want a whole number or -", kHex: "want a hexadecimal number",
	kStatus: "want three digits", kDecimal: "want a number", kHost: "want an address or a host name",
	kMark: "want ? or nothing", kQuery: "want text that begins with ?",
	kAddrs: "want addresses", kInts: "want whole numbers", kZeros: "want whole numbers", kDecimals: "want numbers",
	kDate: "want an HTTP date", kCLF: "want a time like 25/Nov/2026:13:00:00 +0100", kISO: "want a time like 2026-11-25T13:00:00+01:00",
	kEpoch: "want seconds since 1970", kEpochMS: "want milliseconds since 1970", kEpochUS: "want microseconds since 1970",
	kLayout: "want a time in the format given", kFracMS: "want three digits", kFracUS: "want six digits",
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isName(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_'
}
