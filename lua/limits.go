package lua

import "math"

// Instructions are handed out in slices, so that the loop of the VM tests one
// local counter and still notices an Interrupt within microseconds.
//
//	limit = used + reserve + fuel        fuel ≤ fuelSlice
const fuelSlice = 8192

// Interrupt stops the call in progress, at any moment and from any goroutine,
// with an Error of KindInterrupted whose cause is reason; later calls stop as
// well until Interrupt(nil). A Go function that blocks is not woken: it should
// watch for the same reason.
func (vm *VM) Interrupt(reason error) {
	if reason == nil {
		vm.stop.Store(nil)
		return
	}
	vm.stop.Store(&reason)
}

// SetInstructions sets how many instructions each later call from the host may
// use; 0 is no limit.
func (vm *VM) SetInstructions(n int64) { vm.limit = n }

// SetMemory sets how many bytes the VM may hold; 0 is no limit.
func (vm *VM) SetMemory(n int64) {
	if n <= 0 {
		n = math.MaxInt64
	}
	vm.memLimit = n
}

// Instructions returns how many instructions the current or last call from the
// host has used, work of library functions beyond FreeWork included.
func (vm *VM) Instructions() int64 { return vm.granted - vm.fuel }

// MaxInstructions returns the most that any call from the host has used.
func (vm *VM) MaxInstructions() int64 { return max(vm.maxUsed, vm.Instructions()) }

// Memory returns the bytes that the VM holds: an upper bound, exact after
// Collect or when the limit was near.
func (vm *VM) Memory() int64 { return vm.mem }

// MaxMemory returns the highest Memory so far.
func (vm *VM) MaxMemory() int64 { return max(vm.memPeak, vm.mem) }

// beginFuel starts the account of a call from the host.
func (vm *VM) beginFuel() {
	if used := vm.granted - vm.fuel; used > vm.maxUsed {
		vm.maxUsed = used
	}
	vm.reserve = vm.limit
	if vm.limit <= 0 {
		vm.reserve = math.MaxInt64
	}
	vm.fuel = min(fuelSlice, vm.reserve)
	if vm.stop.Load() != nil {
		vm.fuel = 0
	}
	vm.reserve -= vm.fuel
	vm.granted = vm.fuel
	vm.free = vm.opts.FreeWork
}

// refuel hands out the next slice, or stops the script. Fuel below zero is work
// already decided on.
func (vm *VM) refuel() {
	th := vm.current
	if reason := vm.stop.Load(); reason != nil {
		vm.fuel = 0
		th.raiseFatal(KindInterrupted, (*reason).Error(), *reason)
	}
	need := fuelSlice - vm.fuel
	if need > vm.reserve {
		need = vm.reserve
	}
	vm.reserve -= need
	vm.granted += need
	vm.fuel += need
	if vm.fuel < 0 {
		vm.fuel = 0
		th.raiseFatal(KindInstructions, "instruction_limit exceeded", nil)
	}
}

// charge takes n instructions for work about to be done.
func (vm *VM) charge(n int64) {
	if n <= vm.free {
		vm.free -= n
		return
	}
	if vm.fuel -= n; vm.fuel < 0 {
		vm.refuel()
	}
}

// chargeIfRunning charges work that the host may also cause between calls.
func (vm *VM) chargeIfRunning(n int64) {
	if vm.depth > 0 {
		vm.charge(n)
	}
}

// alloc takes n bytes about to be allocated. It counts only upwards: the mark in
// recount finds what is still held when the limit is near.
func (vm *VM) alloc(n int64) {
	if vm.mem += n; vm.mem > vm.memLimit {
		vm.overMemory(n)
	}
}

// Alloc charges n bytes that a host makes for the VM outside of a call, such as the
// data of a userdata that it restores. Nothing is refused there: the next
// allocation in a call finds the limit passed.
func (vm *VM) Alloc(n int) { vm.alloc(min(int64(uint(n)), 1<<60)) }

// overMemory counts what is held, and stops the script if n more do not fit.
// Between calls it lets the host go on; the next allocation in a call stops.
func (vm *VM) overMemory(n int64) {
	if vm.depth == 0 {
		return
	}
	if n <= vm.memLimit {
		live, objects := vm.recount()
		vm.memPeak = max(vm.memPeak, live)
		vm.mem = live + n
		vm.charge(int64(objects)/4 + 64)
		// A recount that frees next to nothing would soon be followed by another.
		if room := vm.memLimit - vm.mem; room >= 0 && (room > vm.memLimit/64 || !vm.tight) {
			vm.tight = room <= vm.memLimit/64
			return
		}
	} else {
		vm.mem -= n
	}
	vm.current.raiseFatal(KindMemory, "not enough memory", nil)
}
