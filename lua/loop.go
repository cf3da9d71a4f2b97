package lua

// Loop calls functions one after the other, as the host does with Call, and stays in
// the VM from the first to the last: for a host with a batch of messages.
//
//	step ──▶ function ──▶ its results ──▶ step ──▶ function … ──▶ step ──▶ Nil
//
// step prepares what a call works on and returns the function to call without
// arguments, or Nil at the end. res is what the call before returned, nil before the
// first; it is borrowed until step returns. step is no part of any call: nothing that it does is
// charged against one, and a panic of its own passes through. Each call has limits of
// its own and may be interrupted, as with Call. The error that ends one ends
// the loop.
func (vm *VM) Loop(step func(res []Value) (fn Value)) error {
	if vm.depth > 0 { // inside a Go function: calls of its own, each protected
		var res []Value
		for {
			fn := step(res)
			if fn.IsNil() {
				return nil
			}
			var err error
			if res, err = vm.Call(fn); err != nil {
				return err
			}
		}
	}
	if err := vm.current.hostLoop(step); err != nil {
		err.describe()
		return err
	}
	return nil
}

// hostLoop is hostCall again and again.
func (th *thread) hostLoop(step func(res []Value) Value) (err *Error) {
	calling := false
	defer func() {
		if !calling {
			return // the end, or a panic of step
		}
		err = th.caught(recover())
		th.explain(err)
		th.reset()
	}()
	var res []Value
	for {
		fn := step(res)
		if fn.bits == tagNil {
			return nil
		}
		th.vm.beginFuel()
		th.stack[1] = fn
		th.top = 2
		calling = true
		th.call(1, 0, -1)
		calling = false
		res = th.stack[1:th.top]
		th.top = 1
	}
}

// reset leaves all calls, after an error that left them in the middle.
func (th *thread) reset() {
	vm := th.vm
	th.fi, th.base, th.n, th.nest, th.top, th.status = 0, 0, 0, 0, 1, running
	vm.depth, vm.handling, vm.handler, vm.current = 0, 0, Nil, th
	th.close(1)
}
