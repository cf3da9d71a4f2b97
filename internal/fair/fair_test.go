package fair

import "testing"

func TestShare(t *testing.T) {
	for _, tt := range []struct {
		has  map[string]int
		room int
		want int
	}{
		{map[string]int{"a": 2, "b": 3, "c": 50}, 10, 5},
		{map[string]int{"a": 50}, 10, 10},
		{map[string]int{"a": 7, "b": 7}, 10, 5},
		{map[string]int{"a": 7, "b": 7}, 11, 5},
		{map[string]int{"a": 1, "b": 1, "c": 1}, 2, 0},
		{nil, 3, 3},
		{map[string]int{"a": 1}, 0, 0},
	} {
		if got := Share(tt.has, tt.room); got != tt.want {
			t.Errorf("Share(%v, %d) = %d, want %d", tt.has, tt.room, got, tt.want)
		}
	}
}
