//go:build wasip1

// Package guest is the side of modules in Go: what a filter, decoder or encoder that
// is compiled to WebAssembly may call. docs/sandbox/wasm.md has the functions.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o name.wasm
//
// The module exports process_message with //go:wasmexport.
package guest

import "unsafe"

//go:wasmimport heka read_config
func readConfig(name string, buf unsafe.Pointer, size uint32) int32

//go:wasmimport heka read_message
func readMessage(name string, field, array int32, buf unsafe.Pointer, size uint32) int32

//go:wasmimport heka read_int
func readInt(name string, field, array int32, out unsafe.Pointer) int32

//go:wasmimport heka read_double
func readDouble(name string, field, array int32, out unsafe.Pointer) int32

//go:wasmimport heka next_field
func nextField(buf unsafe.Pointer, size uint32, out unsafe.Pointer) int32

//go:wasmimport heka write_message
func writeMessage(name string, kind int32, value unsafe.Pointer, size uint32, repr string, field, array int32) int32

//go:wasmimport heka inject_message
func injectMessage(msg unsafe.Pointer, size uint32) int32

//go:wasmimport heka inject_payload
func injectPayload(typ, name, text string) int32

//go:wasmimport heka set_error
func setError(text string)

//go:wasmimport heka log
func log(level int32, text string)

//go:wasmimport heka now
func now() int64

//go:wasmimport heka state_write
func stateWrite(data unsafe.Pointer, size uint32)

//go:wasmimport heka state_read
func stateRead(offset uint32, buf unsafe.Pointer, size uint32) int32

// Types of fields.
const (
	String = iota
	Bytes
	Int
	Double
	Bool
)

var buffer = make([]byte, 1024)

// fill calls get with a buffer that is long enough.
func fill(get func(buf unsafe.Pointer, size uint32) int32) ([]byte, bool) {
	for {
		n := get(unsafe.Pointer(&buffer[0]), uint32(len(buffer)))
		if n < 0 {
			return nil, false
		}
		if int(n) <= len(buffer) {
			return buffer[:n], true
		}
		buffer = make([]byte, n)
	}
}

// Config returns a value of the table config, as text.
func Config(name string) (string, bool) {
	b, ok := fill(func(p unsafe.Pointer, n uint32) int32 { return readConfig(name, p, n) })
	return string(b), ok
}

// Read returns a text of the message: Type, Payload, Fields[x], raw and so on. The
// bytes are good until the next call of this package.
func Read(name string, field, array int) ([]byte, bool) {
	return fill(func(p unsafe.Pointer, n uint32) int32 { return readMessage(name, int32(field), int32(array), p, n) })
}

// ReadInt returns a number of the message.
func ReadInt(name string, field, array int) (x int64, ok bool) {
	ok = readInt(name, int32(field), int32(array), unsafe.Pointer(&x)) == 0
	return x, ok
}

// ReadDouble returns a number of the message.
func ReadDouble(name string, field, array int) (x float64, ok bool) {
	ok = readDouble(name, int32(field), int32(array), unsafe.Pointer(&x)) == 0
	return x, ok
}

// Field is what NextField tells of a field.
type Field struct {
	Name               string
	Type, Count, Index int
}

// NextField returns the next field of the message; false after the last one.
func NextField() (f Field, ok bool) {
	var out [3]int32
	b, ok := fill(func(p unsafe.Pointer, n uint32) int32 { return nextField(p, n, unsafe.Pointer(&out)) })
	return Field{string(b), int(out[0]), int(out[1]), int(out[2])}, ok
}

// WriteText sets a text of the message, or adds a field.
func WriteText(name, value, repr string) bool {
	return writeMessage(name, String, unsafe.Pointer(unsafe.StringData(value)), uint32(len(value)), repr, 0, 0) == 0
}

// WriteInt sets a number of the message, or adds a field.
func WriteInt(name string, value int64, repr string) bool {
	return writeMessage(name, Int, unsafe.Pointer(&value), 8, repr, 0, 0) == 0
}

// WriteDouble sets a number of the message, or adds a field.
func WriteDouble(name string, value float64, repr string) bool {
	return writeMessage(name, Double, unsafe.Pointer(&value), 8, repr, 0, 0) == 0
}

// InjectMessage sends an encoded message.
func InjectMessage(msg []byte) bool {
	return injectMessage(unsafe.Pointer(unsafe.SliceData(msg)), uint32(len(msg))) == 0
}

// InjectPayload sends a text as a message, or as the output of an encoder.
func InjectPayload(typ, name, text string) { injectPayload(typ, name, text) }

// SetError gives the reason for the result of process_message.
func SetError(text string) { setError(text) }

// Log writes a line to the log: 0 debug, 1 info, 2 warning, 3 error.
func Log(level int, text string) { log(int32(level), text) }

// Now is the time in nanoseconds.
func Now() int64 { return now() }

// WriteState adds to the state, in heka_save.
func WriteState(data []byte) { stateWrite(unsafe.Pointer(unsafe.SliceData(data)), uint32(len(data))) }

// ReadState returns the state of that length, in heka_restore.
func ReadState(n int32) []byte {
	b := make([]byte, n)
	if n > 0 {
		stateRead(0, unsafe.Pointer(&b[0]), uint32(n))
	}
	return b
}
