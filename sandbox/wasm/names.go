package wasm

import (
	"strings"
	"unsafe"

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
	severity: message.NumSeverity, pid: message.NumPid, rawBytes: 0, field: 0}

// name is a name that the module has used, resolved once.
type name struct {
	text  string
	what  what
	field string // name of the field
	want  int    // index for View.Wanted, or -1
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
	nameSlots = 128 // by address of the text
	maxNames  = 256 // that are remembered
	maxName   = 128 // bytes of one
)

// names finds names by where they lie in the module's memory, where constants stay,
// and compares the text, since other things do not.
type names struct {
	slots [nameSlots]*name
	all   map[string]*name
	want  *message.Want // fields that were asked for
	list  []string      // of want
	once  name          // what is not remembered
}

// find resolves a name that lies at ptr.
func (ns *names) find(ptr uint64, text []byte) *name {
	slot := &ns.slots[(uint32(ptr)>>2^uint32(len(text)))%nameSlots]
	if n := *slot; n != nil && n.text == string(text) {
		return n
	}
	if n := ns.all[string(text)]; n != nil {
		*slot = n
		return n
	}
	n := resolve(string(text))
	if len(ns.all) >= maxNames || len(text) > maxName {
		ns.once = n
		return &ns.once
	}
	if ns.all == nil {
		ns.all = make(map[string]*name)
	}
	ns.all[n.text] = &n
	*slot = &n
	return &n
}

// wanted has View.Parse index the field from the next message on.
func (ns *names) wanted(n *name) {
	if n.want >= 0 || n == &ns.once || len(ns.list) >= message.MaxWant || n.field == "" {
		return
	}
	ns.list = append(ns.list, n.field)
	w := message.NewWant(ns.list)
	if n.want = w.Index(n.field); n.want < 0 { // a name that cannot be indexed
		ns.list = ns.list[:len(ns.list)-1]
		return
	}
	ns.want = w
}

// bytesOf returns the bytes of s, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
