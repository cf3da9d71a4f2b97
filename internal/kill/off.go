//go:build !killpoints

package kill

// Enabled reports whether this binary has kill points.
const Enabled = false

// Point does nothing.
func Point(string) {}
