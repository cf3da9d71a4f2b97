package logstream

import "time"

// This file holds the ways of a Follower with files that it has left.

// hold keeps a file for late lines.
func (f *Follower) hold(t *Tail, now time.Time) {
	if len(f.late) >= maxLate {
		f.late[0].Close()
		f.late = append(f.late[:0], f.late[1:]...)
	}
	f.late = append(f.late, lateFile{t, now.Add(Linger)})
}

// Late returns a file that was left behind and has got more lines since, nil
// when there is none. Read them from it to the end before the next call.
func (f *Follower) Late(now time.Time) *Tail {
	for i := 0; i < len(f.late); {
		l := &f.late[i]
		m, _, err := l.look()
		if m == grown && err == nil && l.same() {
			l.until = now.Add(Linger)
			return l.Tail
		}
		if err != nil || m == shrunk || now.After(l.until) {
			l.Close()
			f.late = append(f.late[:i], f.late[i+1:]...)
			continue
		}
		i++
	}
	return nil
}

// Held lists the files that are watched for late lines.
func (f *Follower) Held() []*Tail {
	list := make([]*Tail, len(f.late))
	for i := range f.late {
		list[i] = f.late[i].Tail
	}
	return list
}
