package blackbox

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// The tests of docs/trust.md run at two levels: C in every run, N with
// HEKA_LEVEL=N, as make trust does. HEKA_KILLS and HEKA_SOAK set the two lengths
// that matter most apart.

// night reports whether level N is asked for.
func night() bool { return os.Getenv("HEKA_LEVEL") == "N" }

// level returns c in every run, n at level N.
func level[T any](c, n T) T {
	if night() {
		return n
	}
	return c
}

// kills is how often the daemon is killed.
func kills(t testing.TB) int {
	if s := os.Getenv("HEKA_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("HEKA_KILLS: %v", err)
		}
		return n
	}
	return level(20, 500)
}

// soak is how long faults rain.
func soak(t testing.TB) time.Duration {
	if s := os.Getenv("HEKA_SOAK"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatalf("HEKA_SOAK: %v", err)
		}
		return d
	}
	return level(10*time.Second, time.Minute)
}
