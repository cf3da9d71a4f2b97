package sandbox

import (
	"errors"

	"github.com/heka-project/heka/lua/preserve"
	"github.com/heka-project/heka/sandbox/userdata"
)

// SaveState returns the script's globals. Between calls, or from inside one that is
// in a function of the host.
func (s *Sandbox) SaveState() ([]byte, error) { return preserve.Save(s.vm) }

// RestoreState sets the globals that SaveState gave, with limits lifted. A state of
// another _PRESERVATION_VERSION is left out, and fresh tells so.
func (s *Sandbox) RestoreState(data []byte) (fresh bool, err error) {
	s.vm.SetMemory(0)
	err = preserve.Restore(s.vm, data, userdata.Options(0))
	return s.restored(err)
}

// ImportState sets the globals of a preservation file of the original.
func (s *Sandbox) ImportState(text string) (fresh bool, err error) {
	s.vm.SetMemory(0)
	s.vm.SetInstructions(0)
	err = preserve.Import(s.vm, text, userdata.Options(0))
	return s.restored(err)
}

func (s *Sandbox) restored(err error) (fresh bool, _ error) {
	s.vm.Collect()
	s.vm.SetMemory(s.opts.Memory)
	s.vm.SetInstructions(s.opts.Instructions)
	s.publish()
	if errors.Is(err, preserve.ErrVersion) {
		return true, nil
	}
	return false, err
}
