package pipeline

import (
	"github.com/heka-project/heka/match"
)

// snapshot is the router at one moment: which routes there are and what they
// take. Immutable; bit k of the matcher set is routes[k].
type snapshot struct {
	epoch  uint64
	set    *match.Set
	routes []*route
	words  int // 64-bit words in a row
}

func newSnapshot(epoch uint64, routes []*route) *snapshot {
	ms := make([]*match.Matcher, len(routes))
	for i, r := range routes {
		ms[i] = r.spec().matcher
	}
	return &snapshot{epoch: epoch, set: match.NewSet(ms), routes: routes, words: (len(routes) + 63) / 64}
}

// index returns the bit of a route, -1 when it is not in the snapshot.
func (s *snapshot) index(r *route) int {
	for i, x := range s.routes {
		if x == r {
			return i
		}
	}
	return -1
}
