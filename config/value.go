package config

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// value fills v from n.
func (d *decoder) value(n *node, v reflect.Value, o *option, section, full string) {
	if n.bad {
		d.failed = true
		return
	}
	t := v.Type()
	switch {
	case t.Kind() == reflect.Pointer && !(t.Implements(textType) && t.Elem().Kind() == reflect.Pointer):
		p := reflect.New(t.Elem())
		d.value(n, p.Elem(), o, section, full)
		v.Set(p)
	case t == durationType:
		d.duration(n, v, o, section, full)
	case t == sizeType:
		d.size(n, v, o, section, full)
	case isText(t):
		d.text(n, v, o, section, full)
	case isTable(t):
		if n.kind != tableNode {
			d.mismatch(n, o, section, full, "a table", "write ["+join(section, o.name)+"] with its options below")
			return
		}
		d.table(n, []target{{v: v}}, n.keyPos(), n.path, full)
	default:
		d.basic(n, v, o, section, full)
	}
}

func (d *decoder) basic(n *node, v reflect.Value, o *option, section, full string) {
	t := v.Type()
	switch t.Kind() {
	case reflect.String:
		d.str(n, v, o, section, full)
	case reflect.Bool:
		d.boolean(n, v, o, section, full)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.integer(n, v, o, section, full)
	case reflect.Float32, reflect.Float64:
		d.float(n, v, o, section, full)
	case reflect.Slice:
		d.list(n, v, o, section, full)
	case reflect.Map:
		d.dict(n, v, o, section, full)
	case reflect.Interface:
		x := anyValue(n)
		if x != nil {
			v.Set(reflect.ValueOf(x))
		}
		d.putAny(full, n)
	default:
		panic(fmt.Sprintf("bug: option %q has type %s, which no TOML value can fill", full, t))
	}
}

func (d *decoder) list(n *node, v reflect.Value, o *option, section, full string) {
	t := v.Type()
	items := n.items
	if n.kind != listNode {
		if !o.scalar {
			fix := "write " + o.name + " = [" + example(&option{typ: t.Elem(), name: o.name}) + "]"
			if n.kind != tableNode {
				fix = "write " + o.name + " = [" + d.show(n, o) + "]"
			}
			if isTable(t.Elem()) {
				fix = "write [[" + join(section, o.name) + "]] with its options below"
			}
			d.mismatch(n, o, section, full, "a list", fix)
			return
		}
		items = []*node{n}
	}
	list := reflect.MakeSlice(t, len(items), len(items))
	elem := *o
	elem.typ, elem.scalar = t.Elem(), false
	for i, item := range items {
		name := "[" + strconv.Itoa(i) + "]"
		elem.name = o.name + name
		d.value(item, list.Index(i), &elem, section, full+name)
	}
	if len(items) == 0 {
		d.put(full, "[]")
	}
	v.Set(list)
}

func (d *decoder) dict(n *node, v reflect.Value, o *option, section, full string) {
	t := v.Type()
	if n.kind != tableNode {
		d.mismatch(n, o, section, full, "a table", "write ["+join(section, o.name)+"] with name = value below")
		return
	}
	m := reflect.MakeMapWithSize(t, len(n.keys))
	elem := *o
	elem.typ = t.Elem()
	for _, k := range n.keys {
		x := reflect.New(t.Elem()).Elem()
		elem.name = k
		d.value(n.kids[k], x, &elem, n.path, join(full, keyText(k)))
		key := reflect.New(t.Key()).Elem()
		key.SetString(k)
		m.SetMapIndex(key, x)
	}
	if len(n.keys) == 0 {
		d.put(full, "{}")
	}
	v.Set(m)
}

func (d *decoder) text(n *node, v reflect.Value, o *option, section, full string) {
	if n.kind == tableNode || n.kind == listNode {
		d.mismatch(n, o, section, full, "a string", "write "+o.name+" = "+example(o))
		return
	}
	if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(n.text)); err != nil {
		what, fix := splitAdvice(err.Error(), "correct it"+docHint(o))
		d.error(n.valPos(), section, fmt.Sprintf("%s = %s is not right: %s", o.name, d.show(n, o), what), fix)
		return
	}
	d.put(full, quote(n.text))
}

func (d *decoder) put(full, value string) { d.lines = append(d.lines, line{full, value}) }

// putAny writes a value of any shape, each part on a line of its own.
func (d *decoder) putAny(full string, n *node) {
	switch {
	case n.kind == tableNode && len(n.keys) > 0:
		for _, k := range n.keys {
			d.putAny(join(full, keyText(k)), n.kids[k])
		}
	case n.kind == listNode && len(n.items) > 0:
		for i, item := range n.items {
			d.putAny(full+"["+strconv.Itoa(i)+"]", item)
		}
	case n.kind == tableNode:
		d.put(full, "{}")
	case n.kind == listNode:
		d.put(full, "[]")
	case n.kind == stringNode:
		d.put(full, quote(n.text))
	default:
		d.put(full, n.text)
	}
}

// mismatch complains about a value of the wrong kind.
func (d *decoder) mismatch(n *node, o *option, section, full, want, fix string) {
	what := fmt.Sprintf("%s = %s is not %s", o.name, d.show(n, o), want)
	if n.kind == tableNode || n.kind == listNode {
		what = fmt.Sprintf("%s is %s, not %s", o.name, nodeWords[n.kind], want)
	}
	d.error(n.valPos(), section, what, fix)
}

// show writes a value as the file has it, shortened; secrets stay hidden.
func (d *decoder) show(n *node, o *option) string {
	if secretName(o.name) {
		return hidden
	}
	if n.end <= n.off {
		return quote(n.text)
	}
	s := n.src.written(n.off, n.end)
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i] + "…"
	}
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return s
}
