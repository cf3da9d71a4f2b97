package message

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"strconv"
)

// Hash names the digest of a signed frame. SHA-256 is Heka's addition: the
// original knew the first two.
type Hash uint8

// The digests, numbered as in the frame's header.
const (
	MD5    Hash = 0
	SHA1   Hash = 1
	SHA256 Hash = 2
)

// ParseHash reads a digest's name as written in a configuration.
func ParseHash(s string) (Hash, error) {
	switch s {
	case "", "md5":
		return MD5, nil
	case "sha1":
		return SHA1, nil
	case "sha256":
		return SHA256, nil
	}
	return 0, fmt.Errorf("unknown digest %q; use md5, sha1 or sha256", s)
}

func (h Hash) String() string {
	switch h {
	case MD5:
		return "md5"
	case SHA1:
		return "sha1"
	case SHA256:
		return "sha256"
	}
	return "digest " + strconv.Itoa(int(h))
}

func (h Hash) new() func() hash.Hash {
	switch h {
	case MD5:
		return md5.New
	case SHA1:
		return sha1.New
	case SHA256:
		return sha256.New
	}
	return nil
}

// Why a signed frame is refused.
var (
	ErrNoDigest      = errors.New("frame names a signer but carries no digest")
	ErrUnknownHash   = errors.New("frame is signed with an unknown digest")
	ErrUnknownSigner = errors.New("frame is signed by an unknown signer or key version")
	ErrBadDigest     = errors.New("frame's digest does not fit its message")
)

// Key is one signer's key in one version.
type Key struct {
	Name string // the signer's name, as plugins' message_signer compares it
	key  []byte
	macs [3]hash.Hash // one keyed state a digest, made on first use
	sum  []byte       // scratch
}

// Keys verifies signed frames. One goroutine uses it at a time; Clone gives
// another goroutine its own.
type Keys struct {
	m map[string]*Key // by "<signer>_<version>"
	b []byte          // scratch for the look-up
}

// NewKeys takes keys by "<signer>_<version>".
func NewKeys(keys map[string]string) *Keys {
	k := &Keys{m: make(map[string]*Key, len(keys))}
	for id, secret := range keys {
		name := id
		for i := len(id) - 1; i >= 0; i-- {
			if id[i] == '_' {
				name = id[:i]
				break
			}
		}
		k.m[id] = &Key{Name: name, key: []byte(secret)}
	}
	return k
}

// Clone returns the same keys for another goroutine.
func (k *Keys) Clone() *Keys {
	c := &Keys{m: make(map[string]*Key, len(k.m))}
	for id, key := range k.m {
		c.m[id] = &Key{Name: key.Name, key: key.key}
	}
	return c
}

// Verify checks the digest of the signed frame f whose message is msg, in
// constant time, and returns the signer's name. The error is one of the four
// above.
func (k *Keys) Verify(f *Frame, msg []byte) (string, error) {
	if len(f.MAC) == 0 {
		return "", ErrNoDigest
	}
	if f.Hash.new() == nil {
		return "", ErrUnknownHash
	}
	k.b = append(append(k.b[:0], f.Signer...), '_')
	k.b = strconv.AppendUint(k.b, uint64(f.KeyVersion), 10)
	key := k.m[string(k.b)]
	if key == nil {
		return "", ErrUnknownSigner
	}
	if !hmac.Equal(key.digest(f.Hash, msg), f.MAC) {
		return "", ErrBadDigest
	}
	return key.Name, nil
}

func (k *Key) digest(h Hash, msg []byte) []byte {
	if k.macs[h] == nil {
		k.macs[h] = hmac.New(h.new(), k.key)
	}
	m := k.macs[h]
	m.Reset()
	m.Write(msg)
	k.sum = m.Sum(k.sum[:0])
	return k.sum
}

// Signer signs what it frames.
type Signer struct {
	Name    string
	Version uint32
	Hash    Hash
	Key     string
}

// AppendSigned appends msg as a frame signed by s. The signed data is exactly
// the message's bytes. An error means that the header would pass MaxHeaderSize.
func AppendSigned(dst, msg []byte, s Signer) ([]byte, error) {
	key := Key{key: []byte(s.Key)}
	if s.Hash.new() == nil {
		return dst, ErrUnknownHash
	}
	mac := key.digest(s.Hash, msg)
	h := appendVarint(nil, 1<<3, uint64(len(msg)))
	if s.Hash != MD5 {
		h = appendVarint(h, 3<<3, uint64(s.Hash))
	}
	h = appendBytes(h, 4<<3|wireBytes, s.Name)
	h = appendVarint(h, 5<<3, uint64(s.Version))
	h = appendBytes(h, 6<<3|wireBytes, string(mac))
	if len(h) > MaxHeaderSize {
		return dst, fmt.Errorf("header of %d bytes is over %d; use a shorter signer name", len(h), MaxHeaderSize)
	}
	dst = append(dst, RecordSeparator, byte(len(h)))
	dst = append(dst, h...)
	dst = append(dst, UnitSeparator)
	return append(dst, msg...), nil
}

// PlainHeader rewrites the signed or odd frame f of the stream b as a plain one
// that ends where f does, and returns the offset at which it now begins. A
// verified message travels on without its digest, which is good only for the
// hop that it was made for.
func PlainHeader(b []byte, f *Frame) int {
	n := f.End - f.Start
	begin := f.Start - headerSize(n)
	h := b[begin:f.Start]
	h[0], h[1], h[2] = RecordSeparator, byte(1+varintLen(uint64(n))), 1<<3
	binary.PutUvarint(h[3:], uint64(n))
	h[len(h)-1] = UnitSeparator
	return begin
}
