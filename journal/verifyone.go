package journal

// VerifySegment is Verify for one segment.
func (r *Reader) VerifySegment(info SegmentInfo) (*Verdict, error) {
	v := &Verdict{Segments: 1}
	if !info.Sound {
		v.Damages = append(v.Damages, Damage{info.Number, 0, headSize, "header is damaged"})
	}
	return v, r.check(&info, v)
}

// IsSegment reports whether a file that begins with head is a segment.
func IsSegment(head []byte) bool {
	return len(head) >= len(segMagic) && string(head[:len(segMagic)]) == segMagic
}

// SegmentNumber reads a segment's number from its file name.
func SegmentNumber(name string) (uint64, bool) { return segNumber(name) }
