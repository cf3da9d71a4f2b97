package sandbox

import (
	"strings"
	"unsafe"

	"github.com/heka-project/heka/lua"
	"github.com/heka-project/heka/message"
)

// what a name of read_message and write_message stands for.
type what uint8

const (
	unknown what = iota
	uuid
	typ
	logger
	payload
	envVersion
	hostname
	timestamp
	severity
	pid
	rawBytes
	field
)

var headerNames = map[string]what{
	"Uuid": uuid, "Type": typ, "Logger": logger, "Payload": payload, "EnvVersion": envVersion,
	"Hostname": hostname, "Timestamp": timestamp, "Severity": severity, "Pid": pid, "raw": rawBytes,
}

// number is the header field's number in the encoded message, by what.
var number = [...]int{uuid: message.NumUUID, typ: message.NumType, logger: message.NumLogger, payload: message.NumPayload,
	envVersion: message.NumEnvVersion, hostname: message.NumHostname, timestamp: message.NumTimestamp,
	severity: message.NumSeverity, pid: message.NumPid}

// name is a name that the script has used, resolved once.
type name struct {
	text  string // as the script wrote it
	what  what
	field string     // name of the field
	want  int        // index for View.Wanted, or -1
	texts *lua.Texts // values read before; nil until there was one
}

func resolve(text string) name {
	n := name{text: text, what: headerNames[text], want: -1}
	if f, ok := strings.CutPrefix(text, "Fields["); ok {
		if f, ok = strings.CutSuffix(f, "]"); ok {
			n.what, n.field = field, f
		}
	}
	return n
}

const (
	nameSlots = 128
	maxNames  = 256 // that are remembered
	maxName   = 128 // bytes of one
)

// names finds names by the address of their bytes, which for a constant of the
// script is the same each time; else by their text. What is remembered keeps the
// bytes alive, so an address is never that of another text.
type names struct {
	slots [nameSlots]*name
	all   map[string]*name
	want  *message.Want // fields that were asked for
	list  []string      // of want
	once  name          // what is not remembered
}

func (ns *names) find(text string) *name {
	p := unsafe.StringData(text)
	slot := &ns.slots[(uintptr(unsafe.Pointer(p))>>3^uintptr(len(text)))%nameSlots]
	if n := *slot; n != nil && unsafe.StringData(n.text) == p && len(n.text) == len(text) {
		return n
	}
	if n := ns.all[text]; n != nil {
		if unsafe.StringData(n.text) != p { // the constant of another place takes over
			n.text = text
		}
		*slot = n
		return n
	}
	if len(ns.all) >= maxNames || len(text) > maxName {
		ns.once = resolve(text)
		return &ns.once
	}
	n := resolve(text)
	if ns.all == nil {
		ns.all = make(map[string]*name)
	}
	ns.all[text] = &n
	*slot = &n
	return &n
}

// wanted has View.Parse index the field from the next message on.
func (ns *names) wanted(n *name) {
	if n.want >= 0 || n == &ns.once || len(ns.list) >= message.MaxWant || n.field == "" {
		return
	}
	ns.list = append(ns.list, strings.Clone(n.field))
	w := message.NewWant(ns.list)
	if n.want = w.Index(n.field); n.want < 0 { // a name that cannot be indexed
		ns.list = ns.list[:len(ns.list)-1]
		return
	}
	ns.want = w
}

// LuaSize tells memory counts what is remembered.
func (ns *names) LuaSize() int {
	n := int(unsafe.Sizeof(names{})) + len(ns.all)*(int(unsafe.Sizeof(name{}))+maxName)
	for _, x := range ns.all {
		if x.texts != nil {
			n += lua.TextsBytes
		}
	}
	return n
}

// LuaTrace shows them the values.
func (ns *names) LuaTrace(visit func(lua.Value)) {
	for _, n := range ns.all {
		if n.texts != nil {
			n.texts.Trace(visit)
		}
	}
}

// push pushes b as a string.
func (s *Sandbox) push(c *lua.Call, n *name, b []byte) {
	if len(b) > lua.MaxText/2 {
		c.Work(len(b))
	}
	if n.texts == nil {
		if n == &s.names.once || len(b) <= 1 || len(b) > lua.MaxText {
			c.PushBytes(b)
			return
		}
		c.Alloc(lua.TextsBytes)
		n.texts = &lua.Texts{}
	}
	n.texts.Push(c, message.Borrow(b))
}
