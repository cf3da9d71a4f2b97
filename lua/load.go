package lua

// Load compiles source and returns its main function, not yet called. The chunk
// name is for messages: "@file" for a file, "=name" for a name as it is, anything
// else is the source itself. An error is an *Error of KindSyntax.
func (vm *VM) Load(chunk, source string) (Value, error) {
	p, err := vm.compile(chunk, source)
	if err != nil {
		return Nil, err
	}
	return vm.mainFunction(p, vm.globals), nil
}

// Do loads and calls a chunk.
func (vm *VM) Do(chunk, source string) error {
	fn, err := vm.Load(chunk, source)
	if err == nil {
		_, err = vm.Call(fn)
	}
	return err
}

func (vm *VM) mainFunction(p *Proto, env *Table) Value {
	vm.alloc(closureBytes(0))
	return closureValue(&closure{proto: p, env: env, id: vm.newID()})
}

// maxNames bounds what Intern keeps; a script that makes up names beyond that
// finds them by content.
const maxNames = 2048

// nameBytes is what keeping a name takes beside its bytes.
const nameBytes = 64

// Intern returns s as a value whose bytes are the same each time. Names that are
// used again and again, such as those of fields, are found faster when both
// the table and who asks it have them from here.
func (vm *VM) Intern(s string) Value {
	if v, ok := libraryNames[s]; ok {
		return v
	}
	if v, ok := vm.names[s]; ok {
		return v
	}
	v := vm.copyString(s)
	if len(vm.names) < maxNames && len(s) <= 40 {
		if vm.names == nil {
			vm.names = make(map[string]Value)
		}
		vm.alloc(nameBytes)
		vm.names[v.str()] = v
	}
	return v
}
