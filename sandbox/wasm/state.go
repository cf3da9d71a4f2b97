package wasm

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/heka-project/heka/sandbox"
)

// Saved state is
//
//	"hekawasm" · 1 byte 1 · 4 bytes version, little endian · what the module wrote
const (
	stateMark = "hekawasm\x01"
	stateHead = len(stateMark) + 4
	maxState  = 32 << 20 // bytes that a module may write
)

// SaveState returns the module's state, as its heka_save writes it.
func (in *Instance) SaveState() ([]byte, error) {
	fn := in.mod.ExportedFunction(saveExport)
	if fn == nil {
		return nil, fmt.Errorf("module exports no %s", saveExport)
	}
	if in.stop != nil && in.stop.Err != nil {
		return nil, errors.New("the module was stopped in the middle of a call; what it knows is not sound")
	}
	in.state = append(in.state[:0], stateMark...)
	in.state = binary.LittleEndian.AppendUint32(in.state, uint32(in.version))
	in.saving = true
	err := in.apart(func() error { return in.run(fn, saveExport, in.longer(), 0) })
	in.saving = false
	if err != nil {
		return nil, err
	}
	if res := int32(in.stack[0]); res != 0 {
		return nil, fmt.Errorf("%s() returned %d", saveExport, res)
	}
	return append([]byte(nil), in.state...), nil
}

// apart runs a call that is about no message, and that may come inside a batch.
func (in *Instance) apart(f func() error) error {
	view, edit, rec, sink := in.cur.View, in.cur.Edit, in.cur.Rec, in.sink
	in.cur.None()
	in.sink = nil
	err := f()
	in.cur.View, in.cur.Edit, in.cur.Rec, in.sink = view, edit, rec, sink
	return err
}

// RestoreState gives the module what SaveState returned. A state of another version
// is left out, and fresh tells so.
func (in *Instance) RestoreState(data []byte) (fresh bool, err error) {
	fn := in.mod.ExportedFunction(restoreExport)
	switch {
	case fn == nil:
		return false, fmt.Errorf("module exports no %s", restoreExport)
	case len(data) < stateHead || string(data[:len(stateMark)]) != stateMark:
		return false, errors.New("this is no state of a WebAssembly module")
	case int32(binary.LittleEndian.Uint32(data[len(stateMark):])) != in.version:
		return true, nil
	}
	in.state = append(in.state[:0], data[stateHead:]...)
	in.loading = true
	err = in.apart(func() error { return in.run(fn, restoreExport, in.longer(), uint64(len(in.state))) })
	in.loading = false
	in.state = nil
	if err != nil {
		return false, err
	}
	if res := int32(in.stack[0]); res != 0 {
		return false, in.end(&sandbox.Stop{Text: fmt.Sprintf("%s() returned %d", restoreExport, res)})
	}
	in.publish()
	return false, nil
}

func (in *Instance) stateWrite(a []uint64) {
	b := in.bytes(a[0], a[1])
	if !in.saving {
		in.throw("", "state_write() is called outside %s", saveExport)
	}
	limit := int64(maxState)
	if in.opts.Memory > 0 {
		limit = min(limit, in.opts.Memory)
	}
	if int64(len(in.state)+len(b)) > limit {
		in.throw("memory_limit", "state_write() memory_limit exceeded: the state has more than %d bytes", limit)
	}
	in.state = append(in.state, b...)
}

func (in *Instance) stateRead(a []uint64) {
	if !in.loading {
		in.throw("", "state_read() is called outside %s", restoreExport)
	}
	rest := in.state[min(int(uint32(a[0])), len(in.state)):]
	a[0] = in.give(rest, a[1], a[2])
}
