package preserve

import (
	"encoding/binary"
	"hash/crc32"
)

// seal gives fuzzed bytes the right beginning and end, so that what lies between
// is read.
func seal(data []byte) []byte {
	b := append([]byte(magic), make([]byte, 8)...)
	if len(data) > len(b)+4 && string(data[:len(magic)]) == magic {
		data = data[len(b) : len(data)-4]
	}
	b = append(b, data...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}
