package host

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/heka-project/heka/internal/fsx"
)

// maxFile bounds what is read of one file: /proc/stat has a number for each
// interrupt.
const maxFile = 1 << 20

// read returns a file's lines.
func (in *Input) read(path string) ([]string, error) {
	b, err := fsx.ReadFile(in.fs, path, maxFile)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(b), "\n"), "\n"), nil
}

// numbers reads fields as integers.
func numbers(fields []string) ([]int64, error) {
	list := make([]int64, len(fields))
	for i, f := range fields {
		v, err := number(f)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}

// number reads an integer; counters past the largest int64 wrap, as they would
// in C.
func number(s string) (int64, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if errors.Is(err, strconv.ErrRange) {
		var u uint64
		if u, err = strconv.ParseUint(s, 10, 64); err == nil {
			v = int64(u)
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return v, nil
}

// odd is what a file says that is not in its form.
func odd(path, line string) error {
	return fmt.Errorf("read %s: line %.80q is not in the form that Linux gives it", path, line)
}

// chosen reports whether a name is in a list; an empty list has all.
func chosen(list []string, name string) bool {
	for _, n := range list {
		if n == name {
			return true
		}
	}
	return len(list) == 0
}
