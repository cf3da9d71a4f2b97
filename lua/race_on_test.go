//go:build race

package lua

// slowdown is how much slower the race detector makes the machine.
const slowdown = 5
