package lua

func baseNewproxy(c *Call) int {
	u := c.vm.NewUserdata(nil, nil)
	switch v := c.Arg(1); {
	case !v.Truth():
	case v.bits == tagTrue:
		m := c.NewTable(0, 0)
		u.Data = proxy{m}
		u.meta = m
		c.vm.final = append(c.vm.final, u)
	default:
		p, ok := Data[proxy](v)
		if !ok {
			c.ArgError(1, "boolean or proxy expected")
		}
		u.Data = p
		u.meta = p.meta
		c.vm.final = append(c.vm.final, u)
	}
	c.Push(u.Value())
	return 1
}

// proxy marks what newproxy made; its metatable is filled in by the script.
type proxy struct{ meta *Table }

func baseCollect(c *Call) int {
	vm := c.vm
	switch c.Choice(1, "collect", "collect", "count", "step", "stop", "restart", "setpause", "setstepmul") {
	case 0, 2:
		live, objects := vm.recount()
		vm.memPeak = max(vm.memPeak, vm.mem)
		vm.mem = live
		c.Charge(int64(objects)/4 + 64)
		vm.finalizeDying()
		if c.Arg(1).Str() == "step" {
			c.PushBool(true)
			return 1
		}
		c.PushInt(0)
	case 1:
		c.PushNumber(float64(vm.mem) / 1024)
	case 5:
		c.PushInt(200)
	case 6:
		c.PushInt(200)
	default:
		c.PushInt(0)
	}
	return 1
}

func baseGcinfo(c *Call) int {
	c.PushInt(int(c.vm.mem / 1024))
	return 1
}
