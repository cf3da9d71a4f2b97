package lua

import (
	"errors"
	"io/fs"
	"os"
	"strings"
)

var packageEntries = []entry{
	{name: "loadlib", fn: packageLoadlib, in: inFull},
	{name: "seeall", fn: packageSeeall, in: inFull},
}

const defaultPath = "./?.lua;/usr/local/share/lua/5.1/?.lua;/usr/local/share/lua/5.1/?/init.lua;" +
	"/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua"

func openPackage(vm *VM, t *Table) {
	t.SetString("loaded", tableValue(vm.loaded))
	t.SetString("preload", tableValue(vm.preload))
	t.SetString("path", String(defaultPath))
	t.SetString("cpath", String(""))
	t.SetString("config", String("/\n;\n?\n!\n-"))
	loaders := vm.newTable(2, 0)
	loaders.SetInt(1, vm.NewFunction("preload", searchPreload))
	loaders.SetInt(2, vm.NewFunction("source", searchSource))
	t.SetString("loaders", tableValue(loaders))
	vm.pkg = t
}

func packageLoadlib(c *Call) int {
	c.String(1)
	c.String(2)
	c.PushNil()
	c.PushString("dynamic libraries not enabled; modules of Go are given to the VM by its host")
	c.PushString("absent")
	return 3
}

func packageSeeall(c *Call) int {
	t := c.Table(1)
	if t.meta == nil {
		t.SetMeta(c.NewTable(0, 1))
	}
	t.meta.SetString("__index", tableValue(c.globals))
	return 0
}

// loading marks a module whose loader runs.
var loading = Value{bits: tagLight, ref: nil}

func baseRequire(c *Call) int {
	name := c.String(1)
	vm := c.vm
	key := vm.Intern(name)
	if v := vm.loaded.Get(key); v.Truth() {
		if v.bits == tagLight {
			c.Errorf("loop or previous error loading module '%s'", name)
		}
		c.Push(v)
		return 1
	}
	if t := vm.requireLibrary(name); t != nil {
		c.Push(tableValue(t))
		return 1
	}
	loader := c.findModule(name)
	vm.loaded.Set(key, loading)
	v := c.Invoke1(loader, key)
	if v.bits != tagNil {
		vm.loaded.Set(key, v)
	}
	if v = vm.loaded.Get(key); v.bits == tagLight {
		v = True
		vm.loaded.Set(key, v)
	}
	c.Push(v)
	return 1
}

// requireLibrary opens a standard library that the profile has but does not open
// from the start; nil when name is none.
func (vm *VM) requireLibrary(name string) *Table {
	for i := range libraries {
		if l := &libraries[i]; l.name == name && l.in>>vm.opts.Profile&1 != 0 && l.global>>vm.opts.Profile&1 == 0 {
			return vm.openLibrary(l)
		}
	}
	return nil
}

// findModule asks the searchers in turn: those of package.loaders where scripts
// see it, preloaded modules and the host's loader elsewhere.
func (c *Call) findModule(name string) Value {
	var tried strings.Builder
	try := func(searcher Value) Value {
		v := c.Invoke1(searcher, String(name))
		if s, ok := v.ToString(); ok {
			tried.WriteString(s)
		}
		return v
	}
	if c.vm.pkg != nil {
		loaders := c.vm.pkg.GetString("loaders").Table()
		if loaders == nil {
			c.Errorf("'package.loaders' must be a table")
		}
		for i := 1; ; i++ {
			s := loaders.GetInt(i)
			if s.bits == tagNil {
				break
			}
			if v := try(s); v.IsFunction() {
				return v
			}
		}
	} else {
		if v := c.vm.preload.GetString(name); v.bits != tagNil {
			return v
		}
		if v := try(c.vm.NewFunction("search", searchSource)); v.IsFunction() {
			return v
		}
	}
	c.Errorf("module '%s' not found:%s", name, tried.String())
	return Nil
}

func searchPreload(c *Call) int {
	name := c.String(1)
	v := c.vm.preload.GetString(name)
	if v.bits == tagNil {
		v = String("\n\tno field package.preload['" + name + "']")
	}
	c.Push(v)
	return 1
}

// searchSource asks the host's loader, or looks along package.path.
func searchSource(c *Call) int {
	name := c.String(1)
	c.Charge(1000) // files are asked for
	src, chunk, err := c.vm.moduleSource(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			c.Errorf("error loading module '%s':\n\t%s", name, err)
		}
		c.PushString(err.Error())
		return 1
	}
	p, err := c.vm.compile(chunk, SkipShebang(src))
	if err != nil {
		c.Errorf("error loading module '%s' from file '%s':\n\t%s", name, strings.TrimPrefix(chunk, "@"), err)
	}
	c.Push(c.vm.mainFunction(p, c.globals))
	return 1
}

func (vm *VM) moduleSource(name string) (src, chunk string, err error) {
	if vm.opts.Loader != nil {
		return vm.opts.Loader(name)
	}
	if vm.pkg == nil {
		return "", "", NotFound("")
	}
	path, ok := vm.pkg.GetString("path").ToString()
	if !ok {
		return "", "", errors.New("'package.path' must be a string")
	}
	var tried strings.Builder
	for _, t := range strings.Split(path, ";") {
		file := strings.ReplaceAll(t, "?", strings.ReplaceAll(name, ".", "/"))
		if b, err := os.ReadFile(file); err == nil {
			return string(b), "@" + file, nil
		}
		tried.WriteString("\n\tno file '" + file + "'")
	}
	return "", "", NotFound(tried.String())
}

// baseModule makes a module table and the environment of the calling function.
func baseModule(c *Call) int {
	name := c.String(1)
	vm, key := c.vm, c.vm.Intern(c.String(1))
	m := vm.loaded.Get(key).Table()
	if m == nil {
		if m = c.findTable(name); m == nil {
			c.Errorf("name conflict for module '%s'", name)
		}
		vm.loaded.Set(key, tableValue(m))
	}
	if m.GetString("_NAME").bits == tagNil {
		m.SetString("_M", tableValue(m))
		m.SetString("_NAME", key)
		m.SetString("_PACKAGE", c.vm.copyString(name[:strings.LastIndexByte(name, '.')+1]))
	}
	th := (*thread)(c)
	fi, tail, ok := th.level(1)
	if !ok || tail || th.frames[fi].flags&frameGo != 0 {
		c.Errorf("'module' not called from a Lua function")
	}
	th.stack[th.frames[fi].ret].closure().env = m
	for i := 2; i <= c.n; i++ {
		c.Invoke(c.Arg(i), 0, tableValue(m))
	}
	return 0
}

// findTable returns the global table of a dotted name, made where it is missing;
// nil when something else is in the way.
func (c *Call) findTable(name string) *Table {
	t := c.globals
	for _, part := range strings.Split(name, ".") {
		key := c.vm.Intern(part)
		v := t.Get(key)
		if v.bits == tagNil {
			v = tableValue(c.vm.newTable(0, 1))
			t.Set(key, v)
		}
		if t = v.Table(); t == nil {
			return nil
		}
	}
	return t
}
