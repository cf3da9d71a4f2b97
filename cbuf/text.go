package cbuf

import "strconv"

// Format is one of the two text forms.
type Format uint8

// The forms: everything, and what has changed.
const (
	Full Format = iota
	Delta
)

// SetFormat chooses the form that AppendText writes.
func (b *Buffer) SetFormat(f Format) { b.format = f }

// AppendText appends the text in the form chosen: that of AppendFull or that of
// AppendDelta. It never fails.
func (b *Buffer) AppendText(dst []byte) ([]byte, error) {
	if b.format == Delta {
		return b.AppendDelta(dst), nil
	}
	return b.AppendFull(dst), nil
}

// TextSize returns a bound of the bytes that AppendText appends.
func (b *Buffer) TextSize() int {
	const number = 26
	head := 128 + b.cols*96
	if b.format == Delta {
		return head + b.Pending()*(b.cols+1)*number
	}
	return head + len(b.cells)*number
}

// AppendFull appends the header and every row, oldest first.
func (b *Buffer) AppendFull(dst []byte) []byte {
	dst = b.appendHead(dst)
	first := b.place(b.Oldest())
	for i := range b.rows {
		for c := range b.cols {
			if c > 0 {
				dst = append(dst, '\t')
			}
			dst = AppendNumber(dst, b.at(first, i, c))
		}
		dst = append(dst, '\n')
	}
	return dst
}

// AppendDelta appends the header and the changes of each row that was touched
// since it was last called, and forgets them. With none it appends nothing.
func (b *Buffer) AppendDelta(dst []byte) []byte {
	if b.Pending() == 0 {
		return dst
	}
	dst = b.appendHead(dst)
	for _, s := range b.pend.order() {
		dst = strconv.AppendInt(dst, b.pend.times[s], 10)
		for _, v := range b.pend.cells[s*b.cols : (s+1)*b.cols] {
			dst = append(dst, '\t')
			dst = AppendNumber(dst, v)
		}
		dst = append(dst, '\n')
	}
	b.pend.clear()
	return dst
}

func (b *Buffer) appendHead(dst []byte) []byte {
	dst = append(dst, `{"time":`...)
	dst = strconv.AppendInt(dst, b.Oldest(), 10)
	dst = append(dst, `,"rows":`...)
	dst = strconv.AppendInt(dst, int64(b.rows), 10)
	dst = append(dst, `,"columns":`...)
	dst = strconv.AppendInt(dst, int64(b.cols), 10)
	dst = append(dst, `,"seconds_per_row":`...)
	dst = strconv.AppendInt(dst, b.width, 10)
	dst = append(dst, `,"column_info":[`...)
	for c, h := range b.headers {
		if c > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"name":"`...) // clean, see CleanName: nothing to escape
		dst = append(dst, h.Name...)
		dst = append(dst, `","unit":"`...)
		dst = append(dst, h.Unit...)
		dst = append(dst, `","aggregation":"`...)
		dst = append(dst, h.Aggregation.String()...)
		dst = append(dst, `"}`...)
	}
	return append(dst, "]}\n"...)
}
