package pipeline

import "context"

// lock is a mutex that one can stop waiting for. Make it with newLock.
type lock chan struct{}

func newLock() lock { return make(lock, 1) }

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }

// LockFor waits until the lock is held, no longer than ctx and until.
func (l lock) LockFor(ctx context.Context, until <-chan struct{}) bool {
	select {
	case <-until: // even where the lock is free
		return false
	default:
	}
	select {
	case l <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-until:
	}
	return false
}
