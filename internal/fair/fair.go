// Package fair divides what there is too little of: who has more than the others can
// have gives up what is over.
//
//	room for 10   a: 2   b: 3   c: 50   ▶   share 5   a: 2   b: 3   c: 5
package fair

import "sort"

// Share is the most that each owner may keep, so that together they keep no more than
// room; 0 means that there are more owners than that.
func Share(has map[string]int, room int) int {
	return sort.Search(room, func(q int) bool {
		sum := 0
		for _, n := range has {
			sum += min(n, q+1)
		}
		return sum > room
	})
}
