package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/plugin"
)

func (d *decoder) str(n *node, v reflect.Value, o *option, section, full string) {
	if n.kind != stringNode {
		fix := "write " + o.name + " = " + example(o)
		if n.kind != tableNode && n.kind != listNode && !secretName(o.name) {
			fix = "write " + o.name + " = " + quote(n.text)
		}
		d.mismatch(n, o, section, full, "a string", fix)
		return
	}
	if !slices.Contains(o.enum, n.text) {
		fold := func(e string) bool { return strings.EqualFold(e, n.text) }
		if i := slices.IndexFunc(o.enum, fold); i >= 0 {
			n.text = o.enum[i]
		}
	}
	if len(o.enum) > 0 && !slices.Contains(o.enum, n.text) && !(n.text == "" && o.mayBeEmpty()) {
		fix := suggest(n.text, o.enum)
		if fix == "" {
			fix = "write one of " + quoteAll(o.enum)
		}
		d.error(n.valPos(), section, fmt.Sprintf("%s = %s is not one of its values", o.name, d.show(n, o)), fix)
		return
	}
	v.SetString(n.text)
	d.put(full, quote(n.text))
}

func (d *decoder) boolean(n *node, v reflect.Value, o *option, section, full string) {
	text := n.text
	if n.kind != boolNode && !(n.fromEnv() && (text == "true" || text == "false")) {
		fix := "write " + o.name + " = true or " + o.name + " = false"
		if text == "true" || text == "false" {
			fix = "write " + o.name + " = " + text + ", without quotes"
		}
		d.mismatch(n, o, section, full, "true or false", fix)
		return
	}
	v.SetBool(text == "true")
	d.put(full, text)
}

// fromEnv reports whether a string holds what an environment variable said, so
// that it may stand for a number.
func (n *node) fromEnv() bool { return n.kind == stringNode && (len(n.env) > 0 || n.end <= n.off) }

// whole reads a whole number; ok tells whether it is one, fits whether it has
// its place in 64 bits.
func (n *node) whole() (x int64, ok, fits bool) {
	if n.kind != intNode && !n.fromEnv() {
		return 0, false, false
	}
	x, err := strconv.ParseInt(strings.TrimSpace(n.text), 0, 64)
	if err != nil {
		return 0, strings.Contains(err.Error(), "range"), false
	}
	return x, true, true
}

// number reads a number, whole or not.
func (n *node) number() (float64, bool) {
	if x, ok, fits := n.whole(); ok && fits {
		return float64(x), true
	}
	if n.kind != floatNode && !n.fromEnv() {
		return 0, false
	}
	x, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(n.text), "_", ""), 64)
	return x, err == nil
}

func (d *decoder) integer(n *node, v reflect.Value, o *option, section, full string) {
	x, ok, fits := n.whole()
	if !ok {
		fix := "write " + o.name + " = " + example(o)
		if _, err := strconv.ParseInt(n.text, 10, 64); err == nil && n.kind == stringNode {
			fix = "write " + o.name + " = " + n.text + ", without quotes"
		}
		if x, err := strconv.ParseFloat(n.text, 64); err == nil && n.kind == floatNode && x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			fix = "write " + o.name + " = " + strconv.FormatFloat(x, 'f', 0, 64)
		}
		if secretName(o.name) {
			fix = "write a number"
		}
		d.mismatch(n, o, section, full, "a whole number", fix)
		return
	}
	lo, hi := int64(math.MinInt64), uint64(math.MaxInt64)
	if bits := v.Type().Bits(); v.CanInt() {
		lo, hi = -1<<(bits-1), 1<<(bits-1)-1
	} else {
		lo, hi = 0, uint64(math.MaxUint64)>>(64-bits)
	}
	if !fits || x < lo || x > 0 && uint64(x) > hi {
		fix := fmt.Sprintf("write a number from %d to %d", lo, hi)
		if hi > math.MaxInt64 {
			fix = "write 0 or a greater number"
		}
		d.error(n.valPos(), section, fmt.Sprintf("%s = %s is out of range", o.name, d.show(n, o)), fix)
		return
	}
	if v.CanInt() {
		v.SetInt(x)
	} else {
		v.SetUint(uint64(x))
	}
	d.put(full, strconv.FormatInt(x, 10))
}

func (d *decoder) float(n *node, v reflect.Value, o *option, section, full string) {
	x, ok := n.number()
	if !ok {
		d.mismatch(n, o, section, full, "a number", "write "+o.name+" = "+example(o))
		return
	}
	v.SetFloat(x)
	d.put(full, strconv.FormatFloat(x, 'g', -1, 64))
}

// duration takes "1m30s", and a bare number in the option's unit, quoted or not.
func (d *decoder) duration(n *node, v reflect.Value, o *option, section, full string) {
	u := units[o.unit]
	fix := fmt.Sprintf(`write a number of %s, or a string with units such as "1m30s" or "250ms"`, u.word)
	word, stands, _ := strings.Cut(o.word, "=")
	if word != "" {
		fix += ", or " + quote(word)
	}
	x, isNumber := n.number()
	var err error
	var span time.Duration
	if !isNumber && n.kind == stringNode {
		if word != "" && n.text == word {
			span, err = time.ParseDuration(stands)
		} else if x, err = strconv.ParseFloat(n.text, 64); err == nil {
			isNumber = true
		} else {
			span, err = time.ParseDuration(n.text)
		}
	}
	switch {
	case isNumber && math.Abs(x) < float64(math.MaxInt64/u.d):
		span = time.Duration(x * float64(u.d))
	case isNumber:
		d.error(n.valPos(), section, fmt.Sprintf("%s = %s is out of range", o.name, d.show(n, o)), "write less than 200 years")
		return
	case n.kind != stringNode, err != nil:
		d.mismatch(n, o, section, full, "a duration", fix)
		return
	}
	if span < 0 && !strings.HasPrefix(o.def, "-") {
		d.error(n.valPos(), section, fmt.Sprintf("%s = %s is negative", o.name, d.show(n, o)), "write 0 or more")
		return
	}
	v.SetInt(int64(span))
	d.put(full, quote(span.String()))
}

func (d *decoder) size(n *node, v reflect.Value, o *option, section, full string) {
	const fix = `write bytes as a number, or "64KiB", "512MiB", "1GB"`
	x, ok, fits := n.whole()
	switch {
	case ok && (!fits || x < 0):
		d.error(n.valPos(), section, fmt.Sprintf("%s = %s is out of range", o.name, d.show(n, o)), fix)
		return
	case !ok && n.kind == stringNode:
		s, err := plugin.ParseSize(n.text)
		if err != nil {
			d.mismatch(n, o, section, full, "a size", fix)
			return
		}
		x = int64(s)
	case !ok:
		d.mismatch(n, o, section, full, "a size", fix)
		return
	}
	v.SetInt(x)
	d.put(full, quote(plugin.Size(x).String()))
}

// anyValue is n as plain Go values: string, int64, float64, bool, time.Time,
// []any, map[string]any.
func anyValue(n *node) any {
	switch n.kind {
	case tableNode:
		m := make(map[string]any, len(n.keys))
		for _, k := range n.keys {
			m[k] = anyValue(n.kids[k])
		}
		return m
	case listNode:
		list := make([]any, len(n.items))
		for i, item := range n.items {
			list[i] = anyValue(item)
		}
		return list
	case boolNode:
		return n.text == "true"
	case intNode:
		x, _, _ := n.whole()
		return x
	case floatNode:
		x, _ := n.number()
		return x
	case timeNode:
		t, _ := n.time()
		return t
	}
	return n.text
}

var timeLayouts = []string{
	"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", "15:04:05", "15:04",
}

// time reads a date; one without a zone is taken as UTC.
func (n *node) time() (time.Time, error) {
	text := strings.ToUpper(n.text)
	if len(text) > 10 && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date", n.text)
}
