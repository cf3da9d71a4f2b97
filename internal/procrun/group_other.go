//go:build !unix

package procrun

import (
	"os"
	"os/exec"
)

// group does nothing: this system has no process groups.
func group(*exec.Cmd) {}

// end kills the process; there is no milder way here.
func end(p *os.Process, _ bool) { p.Kill() }
