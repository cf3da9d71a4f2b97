package container

import (
	"strings"

	"github.com/heka-project/heka/message"
)

// source is what a log file's name says of its container. The name that was read
// last is kept.
type source struct {
	name                          string
	pod, namespace, container, id string
}

var (
	podHead       = message.NewFieldHead("pod", message.String, "")
	namespaceHead = message.NewFieldHead("namespace", message.String, "")
	containerHead = message.NewFieldHead("container", message.String, "")
	idHead        = message.NewFieldHead("container_id", message.String, "")
)

// put adds the fields that a name gives.
func (s *source) put(out *message.Builder, name string) {
	if name != s.name {
		*s = source{name: strings.Clone(name)}
		s.read(s.name)
	}
	for _, f := range [...]struct {
		head *message.FieldHead
		v    string
	}{{&podHead, s.pod}, {&namespaceHead, s.namespace}, {&containerHead, s.container}, {&idHead, s.id}} {
		if f.v != "" {
			out.PutText(f.head, f.v)
		}
	}
}

// read takes a name apart:
//
//	[/var/log/containers/]POD_NAMESPACE_CONTAINER-ID[.log]
//	[/var/log/]pods/NAMESPACE_POD_UID/CONTAINER/0.log
//	[/var/lib/docker/containers/ID/]ID[-json.log]
func (s *source) read(name string) {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".log"), "-json")
	dirs := strings.Split(name, "/")
	n := len(dirs)
	if n >= 3 && strings.Count(dirs[n-3], "_") == 2 {
		parts := strings.Split(dirs[n-3], "_")
		s.namespace, s.pod, s.container = parts[0], parts[1], dirs[n-2]
		return
	}
	last := dirs[n-1]
	if isID(last) {
		s.id = last
		return
	}
	parts := strings.Split(last, "_")
	if len(parts) != 3 {
		return
	}
	at := strings.LastIndexByte(parts[2], '-')
	if at <= 0 || !isID(parts[2][at+1:]) {
		return
	}
	s.pod, s.namespace, s.container, s.id = parts[0], parts[1], parts[2][:at], parts[2][at+1:]
}

// isID reports whether s looks like a container's id: 12 to 64 hexadecimal digits.
func isID(s string) bool {
	if len(s) < 12 || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}
