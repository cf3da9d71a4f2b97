// Package part names the parts of a message as scripts do that read and write them,
// whatever language they are in.
//
//	"Fields[status]" ──Resolve──▶ Name: Field, "status" ──Wants──▶ found by View.Parse
package part

import "github.com/heka-project/heka/message"

// Part is a part of a message.
type Part uint8

// The parts.
const (
	None Part = iota
	UUID
	Type
	Logger
	Payload
	EnvVersion
	Hostname
	Timestamp
	Severity
	Pid
	Raw // the encoded message
	Field
)

var headers = map[string]Part{
	"Uuid": UUID, "Type": Type, "Logger": Logger, "Payload": Payload, "EnvVersion": EnvVersion,
	"Hostname": Hostname, "Timestamp": Timestamp, "Severity": Severity, "Pid": Pid, "raw": Raw,
}

var numbers = [...]int{
	UUID: message.NumUUID, Type: message.NumType, Logger: message.NumLogger, Payload: message.NumPayload,
	EnvVersion: message.NumEnvVersion, Hostname: message.NumHostname, Timestamp: message.NumTimestamp,
	Severity: message.NumSeverity, Pid: message.NumPid, Raw: 0, Field: 0,
}

// Number is the number of a header field in the encoded message.
func (p Part) Number() int { return numbers[p] }

// Text is the place of a header field that is a text: Type, Logger, Payload,
// EnvVersion or Hostname.
func (p Part) Text(h *message.Header) *string {
	switch p {
	case Type:
		return &h.Type
	case Logger:
		return &h.Logger
	case Payload:
		return &h.Payload
	case EnvVersion:
		return &h.EnvVersion
	}
	return &h.Hostname
}
