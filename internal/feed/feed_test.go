package feed

import (
	"errors"
	"strings"
	"testing"
)

type pieces struct {
	list []string
	room int
}

var errFull = errors.New("full")

func (p *pieces) Write(b []byte) (int, error) {
	if len(p.list) == p.room {
		return 0, errFull
	}
	p.list = append(p.list, string(b))
	return len(b), nil
}

func TestPiecesFitIntoMessages(t *testing.T) {
	for _, size := range []int{0, 1024, 4096, 64 << 10, 1 << 20} {
		text := strings.Repeat("0123456789", 30000)
		p := &pieces{room: 1 << 30}
		if err := Write(p, []byte(text), size); err != nil {
			t.Fatal(err)
		}
		most := size
		if size == 0 {
			most = 64 << 10
		}
		for _, s := range p.list {
			if len(s) > most-256 || s == "" {
				t.Errorf("a piece for messages of %d has %d bytes", size, len(s))
			}
		}
		if strings.Join(p.list, "") != text {
			t.Errorf("size %d: the pieces are not the whole", size)
		}
	}
	if err := Write(&pieces{room: 1}, make([]byte, 5000), 1024); !errors.Is(err, errFull) {
		t.Errorf("Write to what is full = %v", err)
	}
	if err := Write(&pieces{}, nil, 0); err != nil {
		t.Error(err)
	}
}
