package cbuf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// Info is the first line of a text.
type Info struct {
	Time          int64    `json:"time"` // of the oldest row, in seconds
	Rows          int      `json:"rows"`
	Columns       int      `json:"columns"`
	SecondsPerRow int64    `json:"seconds_per_row"`
	ColumnInfo    []Column `json:"column_info"`
}

// Column is the description of a column in it.
type Column struct {
	Name        string `json:"name"`
	Unit        string `json:"unit"`
	Aggregation string `json:"aggregation"`
}

// Row is a row of a delta: its time and its changes, NaN where there is none.
type Row struct {
	Time  int64
	Cells []float64
}

// Parse makes a Buffer of a full text. A line before it that holds annotations and
// options is passed over; Prefix gives it. What it allocates is no more than a
// small multiple of the text.
func Parse(text []byte) (*Buffer, error) {
	info, rest, err := parseHead(text)
	if err != nil {
		return nil, err
	}
	if need := info.Rows * info.Columns; need < 0 || need > len(rest)/2 {
		return nil, fmt.Errorf("%d rows of %d columns do not fit into %d bytes", info.Rows, info.Columns, len(rest))
	}
	b, err := New(info.Rows, info.Columns, info.SecondsPerRow, false)
	if err != nil {
		return nil, err
	}
	if err := b.describe(info); err != nil {
		return nil, err
	}
	first := b.place(b.Oldest())
	for i := range b.rows {
		var line []byte
		if line, rest, _ = bytes.Cut(rest, newline); len(line) == 0 {
			return nil, fmt.Errorf("row %d of %d is missing", i+1, b.rows)
		}
		at := (first + i) % b.rows * b.cols
		if err := parseRow(line, b.cells[at:at+b.cols]); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("more than %d rows", b.rows)
	}
	return b, nil
}

// ParseDelta reads the delta form.
func ParseDelta(text []byte) (Info, []Row, error) {
	info, rest, err := parseHead(text)
	if err != nil {
		return info, nil, err
	}
	var rows []Row
	for n := 1; len(rest) > 0; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, newline)
		stamp, cells, _ := bytes.Cut(line, tab)
		t, err := strconv.ParseInt(string(stamp), 10, 64)
		if err != nil || info.Columns > len(cells) {
			return info, rows, fmt.Errorf("row %d: %q is no row", n, line)
		}
		row := Row{Time: t, Cells: make([]float64, info.Columns)}
		if err := parseRow(cells, row.Cells); err != nil {
			return info, rows, fmt.Errorf("row %d: %w", n, err)
		}
		rows = append(rows, row)
	}
	return info, rows, nil
}

var newline, tab = []byte{'\n'}, []byte{'\t'}

// Prefix returns the line of annotations and options before a text, or nil, and
// the text itself.
func Prefix(text []byte) (prefix, rest []byte) {
	line, after, found := bytes.Cut(text, newline)
	var head struct {
		Rows *json.Number `json:"rows"`
	}
	if !found || json.Unmarshal(line, &head) != nil || head.Rows != nil {
		return nil, text
	}
	return line, after
}

func parseHead(text []byte) (info Info, rest []byte, err error) {
	_, text = Prefix(text)
	line, rest, _ := bytes.Cut(text, newline)
	if err := json.Unmarshal(line, &info); err != nil {
		return info, nil, fmt.Errorf("header: %w", err)
	}
	if info.Columns <= 0 || info.Columns > MaxColumns || info.Rows <= 1 || info.Rows > MaxCells {
		return info, nil, fmt.Errorf("header: %d rows of %d columns", info.Rows, info.Columns)
	}
	return info, rest, nil
}

// describe takes time and columns over.
func (b *Buffer) describe(info Info) error {
	if info.Time < -maxSeconds || info.Time > maxSeconds {
		return fmt.Errorf("header: time %d", info.Time)
	}
	b.newest = b.floor(info.Time) + b.width*int64(b.rows-1)
	for c, col := range info.ColumnInfo {
		agg, ok := ParseAggregation(col.Aggregation)
		if c >= b.cols || !ok {
			return fmt.Errorf("header: column %d has aggregation %q", c+1, col.Aggregation)
		}
		b.SetHeader(c, Header{Name: col.Name, Unit: col.Unit, Aggregation: agg})
	}
	return nil
}

func parseRow(line []byte, cells []float64) error {
	for c := range cells {
		cell, rest, more := bytes.Cut(line, tab)
		v, ok := parseNumber(string(cell))
		if !ok {
			return fmt.Errorf("%q is no number", cell)
		}
		if more == (c == len(cells)-1) {
			return fmt.Errorf("not %d columns", len(cells))
		}
		cells[c], line = v, rest
	}
	return nil
}
