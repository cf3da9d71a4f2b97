package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/heka-project/heka/plugin"
)

// suggest is `did you mean "x"?` for the candidate nearest to word, "" when none
// is near.
func suggest(word string, candidates []string) string {
	if near := nearest(word, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// Nearest finds the candidate that word may be a misspelling of, "" for none.
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }

// nearest finds the candidate with the fewest typing mistakes from word; upper
// case and signs between words count little.
func nearest(word string, candidates []string) string {
	fold := func(s string) string {
		return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(s))
	}
	best, bestCost := "", 0
	kind, isType := plugin.KindOf(word)
	for _, c := range slices.Sorted(slices.Values(candidates)) {
		w, f := fold(word), fold(c)
		if k, ok := plugin.KindOf(c); ok && isType && k == kind { // what all have in common makes none nearer
			w, f = strings.TrimSuffix(w, k.String()), strings.TrimSuffix(f, k.String())
		}
		cost := distance(w, f)
		limit := 1 + len(f)/4
		if len(f) <= 2 {
			limit = 0
		}
		if len(w) >= 4 && (strings.HasPrefix(f, w) || strings.HasSuffix(f, w) || strings.HasPrefix(w, f) && len(f) >= 4) {
			cost = min(cost, limit)
		}
		if cost <= limit && (best == "" || cost < bestCost) {
			best, bestCost = c, cost
		}
	}
	return best
}

// distance counts letters added, left out, changed or swapped with their
// neighbour between a and b.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func keysOf[V any](m map[string]V) []string { return slices.Collect(maps.Keys(m)) }

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, ", ")
}

// docHint adds what the option is for.
func docHint(o *option) string {
	if o.doc == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(o.doc, ".")
}

// example is a value such as o takes.
func example(o *option) string {
	t := leaf(o.typ)
	switch {
	case t == durationType:
		return `"10s"`
	case t == sizeType:
		return `"64KiB"`
	case isText(t):
		return `"…"`
	case len(o.enum) > 0:
		return quote(o.enum[len(o.enum)-1])
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true"
	case reflect.String:
		return `"…"`
	case reflect.Slice:
		return "[" + example(&option{typ: t.Elem()}) + "]"
	case reflect.Map, reflect.Struct:
		return "{…}"
	case reflect.Float32, reflect.Float64:
		return "0.5"
	case reflect.Interface:
		return "…"
	}
	return "1"
}

// splitAdvice parts an error text of the form `cause; cure`.
func splitAdvice(text, otherwise string) (what, fix string) {
	if i := strings.LastIndex(text, "; "); i > 0 {
		return text[:i], text[i+2:]
	}
	return text, otherwise
}
