package stats

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// NumberKey returns the bytes by which a number is known as a key: those of its
// float64, lowest first.
func NumberKey(v float64) [8]byte {
	var k [8]byte
	binary.LittleEndian.PutUint64(k[:], math.Float64bits(v))
	return k
}

// The primes of XXH32 and XXH64,
// https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
const (
	p32a uint32 = 0x9E3779B1
	p32b uint32 = 0x85EBCA77
	p32c uint32 = 0xC2B2AE3D
	p32d uint32 = 0x27D4EB2F
	p32e uint32 = 0x165667B1

	p64a uint64 = 0x9E3779B185EBCA87
	p64b uint64 = 0xC2B2AE3D27D4EB4F
	p64c uint64 = 0x165667B19E3779F9
	p64d uint64 = 0x85EBCA77C2B2AE63
	p64e uint64 = 0x27D4EB2F165667C5
)

// keyBytes are what a key may be.
type keyBytes interface{ ~string | ~[]byte }

func le32[K keyBytes](k K, i int) uint32 {
	return uint32(k[i]) | uint32(k[i+1])<<8 | uint32(k[i+2])<<16 | uint32(k[i+3])<<24
}

func le64[K keyBytes](k K, i int) uint64 {
	return uint64(le32(k, i)) | uint64(le32(k, i+4))<<32
}

// xxh32 is XXH32.
func xxh32[K keyBytes](k K, seed uint32) uint32 {
	i, n := 0, len(k)
	h := seed + p32e
	if n >= 16 {
		var lane = [4]uint32{seed, seed, seed, seed}
		lane[0] += p32a
		lane[0] += p32b
		lane[1] += p32b
		lane[3] -= p32a
		for ; i+16 <= n; i += 16 {
			for j := range lane {
				lane[j] = bits.RotateLeft32(lane[j]+le32(k, i+4*j)*p32b, 13) * p32a
			}
		}
		h = bits.RotateLeft32(lane[0], 1) + bits.RotateLeft32(lane[1], 7) + bits.RotateLeft32(lane[2], 12) + bits.RotateLeft32(lane[3], 18)
	}
	h += uint32(n)
	for ; i+4 <= n; i += 4 {
		h = bits.RotateLeft32(h+le32(k, i)*p32c, 17) * p32d
	}
	for ; i < n; i++ {
		h = bits.RotateLeft32(h+uint32(k[i])*p32e, 11) * p32a
	}
	h = (h ^ h>>15) * p32b
	h = (h ^ h>>13) * p32c
	return h ^ h>>16
}

func round64(lane, v uint64) uint64 { return bits.RotateLeft64(lane+v*p64b, 31) * p64a }

// xxh64 is XXH64.
func xxh64[K keyBytes](k K, seed uint64) uint64 {
	i, n := 0, len(k)
	h := seed + p64e
	if n >= 32 {
		var lane = [4]uint64{seed, seed, seed, seed}
		lane[0] += p64a
		lane[0] += p64b
		lane[1] += p64b
		lane[3] -= p64a
		for ; i+32 <= n; i += 32 {
			for j := range lane {
				lane[j] = round64(lane[j], le64(k, i+8*j))
			}
		}
		h = bits.RotateLeft64(lane[0], 1) + bits.RotateLeft64(lane[1], 7) + bits.RotateLeft64(lane[2], 12) + bits.RotateLeft64(lane[3], 18)
		for _, l := range lane {
			h = (h^round64(0, l))*p64a + p64d
		}
	}
	h += uint64(n)
	for ; i+8 <= n; i += 8 {
		h = bits.RotateLeft64(h^round64(0, le64(k, i)), 27)*p64a + p64d
	}
	if i+4 <= n {
		h = bits.RotateLeft64(h^uint64(le32(k, i))*p64a, 23)*p64b + p64c
		i += 4
	}
	for ; i < n; i++ {
		h = bits.RotateLeft64(h^uint64(k[i])*p64e, 11) * p64a
	}
	h = (h ^ h>>33) * p64b
	h = (h ^ h>>29) * p64c
	return h ^ h>>32
}

// murmur64a is MurmurHash64A.
func murmur64a[K keyBytes](k K, seed uint64) uint64 {
	const m, r = 0xc6a4a7935bd1e995, 47
	h := seed ^ uint64(len(k))*m
	i := 0
	for ; i+8 <= len(k); i += 8 {
		v := le64(k, i) * m
		v = (v ^ v>>r) * m
		h = (h ^ v) * m
	}
	if i < len(k) {
		var v uint64
		for j := len(k) - 1; j >= i; j-- {
			v = v<<8 | uint64(k[j])
		}
		h = (h ^ v) * m
	}
	h = (h ^ h>>r) * m
	return h ^ h>>r
}
