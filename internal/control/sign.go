package control

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/heka-project/heka/message"
)

// canonicalHead tells what the signed bytes are of, so that a signature is good
// for nothing else.
const canonicalHead = "heka control message 1\n"

// Canonical appends the bytes that are signed: every part of the message but the
// field signature, as netstrings, in the order of the headers' numbers and then
// of the fields. How the message was encoded makes no difference.
func Canonical(dst []byte, v *message.View) []byte {
	dst = append(dst, canonicalHead...)
	dst = item(dst, v.UUID())
	dst = number(dst, v.Timestamp())
	dst = item(dst, v.Bytes(message.NumType))
	dst = item(dst, v.Bytes(message.NumLogger))
	dst = number(dst, int64(v.Severity()))
	dst = item(dst, v.Bytes(message.NumPayload))
	dst = item(dst, v.Bytes(message.NumEnvVersion))
	dst = number(dst, int64(v.Pid()))
	dst = item(dst, v.Bytes(message.NumHostname))
	for it := v.Fields(); it.Next(); {
		if f := it.Field(); f.Name() != FieldSignature {
			dst = field(dst, f)
		}
	}
	return dst
}

func item[T []byte | string](dst []byte, b T) []byte {
	dst = append(strconv.AppendInt(dst, int64(len(b)), 10), ':')
	return append(append(dst, b...), ',')
}

func number(dst []byte, n int64) []byte { return item(dst, strconv.FormatInt(n, 10)) }

func field(dst []byte, f *message.Field) []byte {
	dst = item(dst, f.Name())
	dst = number(dst, int64(f.Type))
	dst = item(dst, f.Representation())
	dst = number(dst, int64(f.Len()))
	for k := range f.Len() {
		switch f.Type {
		case message.Integer:
			dst = number(dst, f.Int(k))
		case message.Double:
			dst = item(dst, strconv.FormatUint(math.Float64bits(f.Double(k)), 16))
		case message.Bool:
			dst = item(dst, strconv.FormatBool(f.Bool(k)))
		default:
			dst = item(dst, f.Bytes(k))
		}
	}
	return dst
}

// Why a signature is refused.
var (
	ErrUnsigned   = errors.New("message carries no Ed25519 signature")
	ErrUnknownKey = errors.New("message is signed with a key that this manager does not know")
	ErrBadSign    = errors.New("signature does not fit the message")
)

// Sign adds the fields of a signature to d.
func Sign(d *message.Draft, id string, key ed25519.PrivateKey) error {
	d.Fields = append(d.Fields, message.NewField(FieldKey, id, ""))
	var v message.View
	if !v.Parse(d.Encode(), nil) {
		return message.ErrDamaged
	}
	d.Fields = append(d.Fields, message.NewField(FieldSignature, ed25519.Sign(key, Canonical(nil, &v)), "ed25519"))
	return nil
}

// Verify checks the signature of a message and returns the name of its key. The
// error is one of the three above, or says that a field is given twice.
func Verify(v *message.View, keys map[string]ed25519.PublicKey) (id string, err error) {
	var f message.Field
	if !v.Field(FieldSignature, 0, &f) || f.Type != message.Bytes || f.Len() != 1 {
		return "", ErrUnsigned
	}
	sig := append([]byte(nil), f.Bytes(0)...)
	for _, name := range []string{FieldSignature, FieldKey} {
		if v.Field(name, 1, &f) {
			return "", fmt.Errorf("field %s is given twice", name)
		}
	}
	if !v.Field(FieldKey, 0, &f) || f.Type != message.String || f.Len() != 1 {
		return "", ErrUnsigned
	}
	id = string(f.Bytes(0))
	key, ok := keys[id]
	if !ok {
		return "", ErrUnknownKey
	}
	if !ed25519.Verify(key, Canonical(nil, v), sig) {
		return "", ErrBadSign
	}
	return id, nil
}

// Prefixes of keys as text.
const (
	publicPrefix  = "ed25519:"
	privatePrefix = "ed25519-private:"
)

// NewKey draws a key pair, as text.
func NewKey() (public, private string, err error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	return publicPrefix + base64.StdEncoding.EncodeToString(pub), privatePrefix + base64.StdEncoding.EncodeToString(key.Seed()), nil
}

// ParsePublic reads a public key as NewKey writes it.
func ParsePublic(text string) (ed25519.PublicKey, error) {
	b, err := parseKey(text, publicPrefix, ed25519.PublicKeySize)
	return b, err
}

// ParsePrivate reads a private key as NewKey writes it.
func ParsePrivate(text string) (ed25519.PrivateKey, error) {
	b, err := parseKey(text, privatePrefix, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(b), nil
}

func parseKey(text, prefix string, size int) ([]byte, error) {
	code, ok := strings.CutPrefix(strings.TrimSpace(text), prefix)
	if !ok {
		return nil, fmt.Errorf("the key does not begin with %s; hekad sandbox keygen makes keys", prefix)
	}
	b, err := base64.StdEncoding.DecodeString(code)
	if err != nil || len(b) != size {
		return nil, fmt.Errorf("the key is not %d bytes in base64; hekad sandbox keygen makes keys", size)
	}
	return b, nil
}
