package syslogprog

import (
	"bytes"
	"strconv"

	"github.com/heka-project/heka/message"
)

var (
	uptime    = message.NewFieldHead("kernel_uptime", message.Double, "s")
	fwPrefix  = text("iptables_prefix")
	fwAddrs   = [2][3]message.FieldHead{addrHeads("iptables_src"), addrHeads("iptables_dst")}
	fwTexts   = map[string]message.FieldHead{}
	fwNumbers = map[string]message.FieldHead{}
)

func addrHeads(name string) [3]message.FieldHead {
	return [3]message.FieldHead{text(name), message.NewFieldHead(name, message.String, "ipv4"), message.NewFieldHead(name, message.String, "ipv6")}
}

func init() {
	for key, name := range map[string]string{"IN": "in", "OUT": "out", "MAC": "mac", "PROTO": "proto", "TOS": "tos", "PREC": "prec", "PHYSIN": "physin",
		"PHYSOUT": "physout", "RES": "res", "MARK": "mark"} {
		fwTexts[key] = text("iptables_" + name)
	}
	for key, name := range map[string]string{"TTL": "ttl", "HOPLIMIT": "ttl", "ID": "id", "SPT": "spt", "DPT": "dpt", "WINDOW": "window", "URGP": "urgp",
		"TYPE": "type", "CODE": "code", "SEQ": "seq", "TC": "tc", "FLOWLBL": "flowlbl", "UID": "uid", "GID": "gid"} {
		fwNumbers[key] = message.NewFieldHead("iptables_"+name, message.Integer, "")
	}
	fwNumbers["LEN"] = message.NewFieldHead("iptables_len", message.Integer, "B")
}

// The kernel on its memory. Sizes are in KiB.
var oom = compile(
	"{oom_event:=kill}<Memory cgroup out|Out> of memory: <Killed|Kill> process {oom_pid:i} ({oom_process:T}) {*:r}",
	"{oom_event:=kill}<Killed|Kill> process {oom_pid:i} ({oom_process:T}) {*:r}",
	"{oom_event:=invoked}{oom_process:t} invoked oom-killer: {*:r}",
)

// kernel reads messages of the firewall and of the memory. A time since the start
// of the machine may stand in front.
func kernel(b []byte, out *message.Builder, m *match) bool {
	if len(b) > 0 && b[0] == '[' {
		if n := bytes.IndexByte(b, ']'); n > 0 {
			if s, ok := float(bytes.TrimSpace(b[1:n])); ok {
				out.PutDouble(&uptime, s)
				b = bytes.TrimLeft(b[n+1:], " ")
			}
		}
	}
	if i := bytes.Index(b, []byte("IN=")); i >= 0 && (i == 0 || !letter(b[i-1])) && bytes.Contains(b[i:], []byte(" OUT=")) {
		return firewall(b[:i], b[i:], out)
	}
	if bytes.HasPrefix(b, []byte("oom-kill:")) {
		return oomKill(b[len("oom-kill:"):], out)
	}
	if !m.first(oom, b, out) {
		return false
	}
	sizes(b, out)
	return true
}

// firewall reads PREFIX IN=eth0 OUT= SRC=10.0.0.1 … PROTO=TCP SPT=1 DPT=22 SYN. Of
// a packet quoted in another's brackets only the outer one counts.
func firewall(prefix, b []byte, out *message.Builder) bool {
	if prefix = bytes.TrimRight(prefix, " :"); len(prefix) > 0 {
		out.PutText(&fwPrefix, message.Borrow(prefix))
	}
	var flags [16]string
	n := 0
	for len(b) > 0 && b[0] != '[' {
		var word []byte
		word, b, _ = bytes.Cut(b, []byte(" "))
		key, v, ok := bytes.Cut(word, []byte("="))
		switch {
		case len(word) == 0 || ok && len(v) == 0:
		case !ok:
			if n < len(flags) && flag(word) {
				flags[n] = message.Borrow(word)
				n++
			}
		case string(key) == "SRC":
			out.PutText(&fwAddrs[0][addrKind(message.Borrow(v))], message.Borrow(v))
		case string(key) == "DST":
			out.PutText(&fwAddrs[1][addrKind(message.Borrow(v))], message.Borrow(v))
		default:
			if h, ok := fwTexts[string(key)]; ok {
				out.PutText(&h, message.Borrow(v))
			} else if h, ok := fwNumbers[string(key)]; ok {
				if x, n := integer(message.Borrow(v), 0); n == len(v) {
					out.PutInt(&h, x)
				}
			}
		}
	}
	if n > 0 {
		out.Strings("iptables_flags", flags[:n], "")
	}
	return true
}

// float reads b, whole, as a number.
func float(b []byte) (float64, bool) {
	x, err := strconv.ParseFloat(message.Borrow(b), 64)
	return x, err == nil && x-x == 0
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }

// flag reports whether a word is one of capitals, as SYN and DF.
func flag(b []byte) bool {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) <= 6
}

var oomSizes = [...]struct {
	key  string
	head message.FieldHead
}{
	{"total-vm:", kib("oom_total_vm")}, {"anon-rss:", kib("oom_anon_rss")}, {"file-rss:", kib("oom_file_rss")}, {"shmem-rss:", kib("oom_shmem_rss")},
	{"pgtables:", kib("oom_pgtables")}, {"score ", message.NewFieldHead("oom_score", message.Integer, "")},
	{"oom_score_adj:", message.NewFieldHead("oom_score_adj", message.Integer, "")}, {"oom_score_adj=", message.NewFieldHead("oom_score_adj", message.Integer, "")},
	{"UID:", message.NewFieldHead("oom_uid", message.Integer, "")},
}

func kib(name string) message.FieldHead { return message.NewFieldHead(name, message.Integer, "KiB") }

// sizes finds the numbers behind the process. Its name, in brackets, is passed
// over.
func sizes(b []byte, out *message.Builder) {
	if i := bytes.LastIndexByte(b, ')'); i >= 0 {
		b = b[i:]
	}
	for k := range oomSizes {
		s := &oomSizes[k]
		if i := bytes.Index(b, []byte(s.key)); i >= 0 {
			if v, n := integer(message.Borrow(b), i+len(s.key)); n > i+len(s.key) {
				out.PutInt(&s.head, v)
			}
		}
	}
}

var (
	oomEvent      = text("oom_event")
	oomProcess    = text("oom_process")
	oomConstraint = text("oom_constraint")
	oomCgroup     = text("oom_cgroup")
	oomPid        = message.NewFieldHead("oom_pid", message.Integer, "")
	oomUID        = message.NewFieldHead("oom_uid", message.Integer, "")
)

// oomKill reads constraint=CONSTRAINT_NONE,nodemask=(null),…,task=mysqld,pid=1,uid=27.
func oomKill(b []byte, out *message.Builder) bool {
	out.PutText(&oomEvent, "summary")
	found := false
	for more := true; more; {
		var one []byte
		one, b, more = bytes.Cut(b, []byte(","))
		key, v, _ := bytes.Cut(one, []byte("="))
		var number *message.FieldHead
		switch string(key) {
		case "constraint":
			out.PutText(&oomConstraint, message.Borrow(v))
		case "task_memcg":
			out.PutText(&oomCgroup, message.Borrow(v))
		case "task":
			out.PutText(&oomProcess, message.Borrow(v))
		case "pid":
			number, found = &oomPid, true
		case "uid":
			number = &oomUID
		}
		if x, n := integer(message.Borrow(v), 0); number != nil && n > 0 && n == len(v) {
			out.PutInt(number, x)
		}
	}
	return found
}
