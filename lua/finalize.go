package lua

// findDying moves the userdata that a memory count has not reached from final to
// dying, and visits them: their finalizers still need what they refer to.
func (vm *VM) findDying(m *marker) {
	keep := vm.final[:0]
	for _, u := range vm.final {
		if u.epoch == vm.epoch {
			keep = append(keep, u)
		} else {
			vm.dying = append(vm.dying, u)
		}
	}
	clear(vm.final[len(keep):])
	vm.final = keep
	for _, u := range vm.dying {
		m.value(userdataValue(u))
	}
}

// finalizeDying calls the finalizers that are due, the youngest userdata first:
// after collectgarbage, and now and then between two instructions of a script. The
// first error is returned; a limit met here is met again right after.
func (vm *VM) finalizeDying() (err error) {
	for len(vm.dying) > 0 {
		u := vm.dying[len(vm.dying)-1]
		vm.dying = vm.dying[:len(vm.dying)-1]
		if u.meta == nil {
			continue
		}
		if h := u.meta.GetString("__gc"); h.IsFunction() {
			if _, e := vm.Call(h, u.Value()); err == nil {
				err = e
			}
		}
	}
	return err
}

// finalizeAll calls the finalizers of all userdata that have one.
func (vm *VM) finalizeAll() error {
	vm.dying = append(vm.dying, vm.final...)
	vm.final = nil
	return vm.finalizeDying()
}
