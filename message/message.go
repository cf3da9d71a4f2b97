// Package message holds the Heka message: its protobuf bytes, a lazy View that
// reads them in place, a Builder that writes them, the stream framing around
// them and the Batch that carries many of them through the engine.
//
//	bytes ──Next──▶ frame ──View.Parse──▶ header offsets, wanted fields
//	values ──Builder.End──▶ framed message in a Chunk ──▶ Batch ──▶ Selection
//
// A message is its encoded bytes from the first decoder to the last output. A
// sealed Batch is never written again, so any number of goroutines may read it.
// A View borrows the bytes it was parsed from; copy what must outlive them.
//
// Wire format: message.proto (proto2, package message), see
// docs/formats/message.md. Stream framing: docs/formats/framing.md.
package message

import "unsafe"

// Numbers of the header fields in the protobuf message.
const (
	NumUUID       = 1
	NumTimestamp  = 2
	NumType       = 3
	NumLogger     = 4
	NumSeverity   = 5
	NumPayload    = 6
	NumEnvVersion = 7
	NumPid        = 8
	NumHostname   = 9
	NumFields     = 10
)

// DefaultSeverity is the severity of a message that carries none.
const DefaultSeverity = 7

// NoSeverity in a Header makes a message that carries none.
const NoSeverity = -1 << 31

// ValueType says which array of a field holds its values.
type ValueType uint8

// The value types, numbered as on the wire.
const (
	String  ValueType = 0
	Bytes   ValueType = 1
	Integer ValueType = 2
	Double  ValueType = 3
	Bool    ValueType = 4
)

var typeNames = [...]string{"string", "bytes", "integer", "double", "bool"}

func (t ValueType) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "unknown"
}

// Borrow returns a string that shares b's memory. The string lives no longer
// than b keeps its content: use strings.Clone for anything kept.
func Borrow(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}
