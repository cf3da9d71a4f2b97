package csvdecode

import (
	"bytes"

	"github.com/heka-project/heka/internal/keys"
)

// split cuts a record into d.cells.
func (d *Decoder) split(b []byte) error {
	for i := 0; ; i++ {
		if d.cfg.Trim {
			k := i
			for k < len(b) && b[k] == ' ' && b[k] != d.sep {
				k++
			}
			if k < len(b) && int(b[k]) == d.quote {
				i = k
			}
		}
		if i < len(b) && int(b[i]) == d.quote {
			end, err := d.quotedCell(b, i+1)
			if err != nil {
				return err
			}
			i = end
		} else {
			from := i
			if n := bytes.IndexByte(b[i:], d.sep); n >= 0 {
				i += n
			} else {
				i = len(b)
			}
			text := b[from:i]
			if d.cfg.Trim {
				text = bytes.TrimSpace(text)
			}
			d.cells = append(d.cells, cell{text: text})
		}
		if i >= len(b) {
			return nil
		}
	}
}

// quotedCell reads a cell behind its quote and returns the offset of the separator
// behind it, or the end.
func (d *Decoder) quotedCell(b []byte, i int) (int, error) {
	q := byte(d.quote)
	from, at := i, len(d.scratch)
	doubled := false
	for {
		n := bytes.IndexByte(b[i:], q)
		if n < 0 {
			return 0, errQuote
		}
		i += n + 1
		if i >= len(b) || b[i] != q {
			break
		}
		d.scratch = append(d.scratch, b[from:i]...)
		doubled = true
		i++
		from = i
	}
	text := b[from : i-1]
	if doubled {
		d.scratch = append(d.scratch, text...)
		text = d.scratch[at:]
	}
	if d.cfg.Trim {
		for i < len(b) && b[i] == ' ' {
			i++
		}
	}
	if i < len(b) && b[i] != d.sep {
		return 0, errBehind
	}
	d.cells = append(d.cells, cell{text, true})
	return i, nil
}

// header takes the record's cells as names or, where columns has them, reports
// whether the record repeats them.
func (d *Decoder) header(b []byte) (took bool, err error) {
	if d.named {
		if len(d.cells) != len(d.cfg.Columns) {
			return false, nil
		}
		for i, c := range d.cells {
			if string(c.text) != d.cfg.Columns[i] && d.cfg.Columns[i] != "" {
				return false, nil
			}
		}
		d.head = bytes.Clone(b)
		return true, nil
	}
	seen := map[string]bool{}
	for i, c := range d.cells {
		name := bytes.TrimSpace(c.text)
		if i == 0 {
			name = bytes.TrimPrefix(name, []byte("\xef\xbb\xbf"))
		}
		if len(name) == 0 { // as the number of rows that some programs write in front has none
			d.columns = append(d.columns, nil)
			continue
		}
		if _, number := keys.ParseInt(name); number || seen[string(name)] {
			d.columns = d.columns[:0]
			return false, errHeader
		}
		seen[string(name)] = true
		d.columns = append(d.columns, d.table.Field(name))
	}
	if len(seen) == 0 {
		d.columns = d.columns[:0]
		return false, errHeader
	}
	d.head, d.named = bytes.Clone(b), true
	return true, nil
}
