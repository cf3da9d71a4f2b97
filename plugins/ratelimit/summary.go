package ratelimit

import (
	"fmt"
	"sort"
	"strconv"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// maxTold is the number of keys that a summary names.
const maxTold = 100

// told is a key that a summary names.
type told struct {
	key  string
	held uint64
}

// Tick injects a summary of what was held back, and forgets keys whose buckets are
// full: they are as if they had never been there.
func (f *Filter) Tick(now time.Time, out plugin.Emitter) error {
	total, keys := f.gone, f.goneOf
	var list []told
	ns := now.UnixNano()
	f.table.Filter(func(key string, b *bucket) bool {
		if b.held > 0 {
			total += b.held
			keys++
			list = append(list, told{key, b.held})
			b.held = 0
			return false
		}
		return ns > b.at && b.tokens+float64(ns-b.at)*f.cfg.Rate/1e9 >= f.burst
	})
	f.keys.Store(uint64(f.table.Len()))
	f.gone, f.goneOf = 0, 0
	if total == 0 || f.cfg.Summary == "" {
		return nil
	}
	sort.Slice(list, func(i, j int) bool {
		if list[i].held != list[j].held {
			return list[i].held > list[j].held
		}
		return list[i].key < list[j].key
	})
	b := out.Begin()
	b.Type, b.Severity = f.cfg.Summary, 4
	b.Payload = text(list, total, keys)
	b.PutInt(&heldBack, int64(total))
	b.PutInt(&keyCount, int64(keys))
	if err := out.Inject(); err != nil {
		return fmt.Errorf("inject summary: %w", err)
	}
	return nil
}

var (
	heldBack = message.NewFieldHead("held_back", message.Integer, "count")
	keyCount = message.NewFieldHead("keys", message.Integer, "count")
)

// text writes a line for all and one for each key, the largest counts first.
func text(list []told, total, keys uint64) string {
	s := []byte(fmt.Sprintf("held back %d messages of %d keys\n", total, keys))
	for i, k := range list {
		if i == maxTold {
			break
		}
		s = strconv.AppendUint(s, k.held, 10)
		s = append(strconv.AppendQuote(append(s, ' '), k.key), '\n')
		total -= k.held
		keys--
	}
	if keys > 0 {
		s = fmt.Appendf(s, "%d of %d other keys\n", total, keys)
	}
	return string(s)
}
