//go:build wasip1

// keyvalue is an encoder: one line a message, key=value, as people like to read.
package main

import (
	"strconv"
	"time"

	"github.com/heka-project/heka/sandbox/wasm/guest"
)

var line []byte

//go:wasmexport process_message
func processMessage() int32 {
	ns, _ := guest.ReadInt("Timestamp", 0, 0)
	line = append(line[:0], "time="...)
	line = time.Unix(0, ns).UTC().AppendFormat(line, time.RFC3339Nano)
	for _, name := range []string{"Type", "Hostname"} {
		if v, ok := guest.Read(name, 0, 0); ok && len(v) > 0 {
			text(name, v)
		}
	}
	for f, ok := guest.NextField(); ok; f, ok = guest.NextField() {
		name := "Fields[" + f.Name + "]"
		switch f.Type {
		case guest.Int, guest.Bool:
			x, _ := guest.ReadInt(name, f.Index, 0)
			line = strconv.AppendInt(key(f.Name), x, 10)
		case guest.Double:
			x, _ := guest.ReadDouble(name, f.Index, 0)
			line = strconv.AppendFloat(key(f.Name), x, 'g', -1, 64)
		default:
			v, _ := guest.Read(name, f.Index, 0)
			text(f.Name, v)
		}
	}
	if v, ok := guest.Read("Payload", 0, 0); ok {
		text("payload", v)
	}
	guest.InjectPayload("txt", "", string(append(line, '\n')))
	return 0
}

func key(name string) []byte {
	return append(append(append(line, ' '), name...), '=')
}

func text(name string, v []byte) { line = strconv.AppendQuote(key(name), string(v)) }

func main() {}
