package wasm

import (
	"fmt"
	"strings"
)

// Tables are the ABI as docs/sandbox/wasm.md has it, made from the host's own tables.
func Tables() string {
	var b strings.Builder
	b.WriteString("Functions that a module may import from `heka`:\n\n| function | parameters | result | type | filter | decoder | encoder | |\n|---|---|---|---|---|---|---|---|\n")
	for i := range functions {
		f := &functions[i]
		args := strings.Join(f.Args, ", ")
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |", f.Name, args, f.Result, f.Signature())
		for _, k := range every {
			if f.has(k) {
				b.WriteString(" yes |")
			} else {
				b.WriteString(" |")
			}
		}
		fmt.Fprintf(&b, " %s |\n", f.Doc)
	}
	b.WriteString("\nFunctions that a module exports:\n\n| function | type | needed | |\n|---|---|---|---|\n")
	for i := range exports {
		e := &exports[i]
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", e.Name, e.Signature(), e.Need, e.Doc)
	}
	return b.String()
}
