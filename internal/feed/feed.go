// Package feed gives a stream what an input has read whole, in pieces that each
// fit into a message: a stream whose splitter takes everything as one record
// makes a message of each piece, and none is too long.
package feed

import "io"

// Piece is the most bytes that a message of at most size bytes holds as payload,
// with room for its header and the fields that the input adds.
func Piece(size int) int {
	if size <= 0 {
		size = 64 << 10
	}
	return max(size-size/8-512, 256)
}

// Write writes b to w in pieces. size is the largest message, 0 for the usual one.
func Write(w io.Writer, b []byte, size int) error {
	piece := Piece(size)
	for len(b) > 0 {
		n := min(len(b), piece)
		if _, err := w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
