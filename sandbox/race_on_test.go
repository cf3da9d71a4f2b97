//go:build race

package sandbox_test

// slowdown is how much slower the race detector makes the machine.
const slowdown = 5
