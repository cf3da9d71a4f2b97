package protobuf

import "github.com/heka-project/heka/message"

// Encoder writes the encoded message itself.
type Encoder struct{}

// Passthrough says that the output is the message's own bytes.
func (Encoder) Passthrough() {}

// Encode appends the message's bytes.
func (Encoder) Encode(dst []byte, v *message.View) ([]byte, error) {
	return append(dst, v.Raw()...), nil
}
