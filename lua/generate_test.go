package lua

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var seed = flag.Uint64("seed", 0, "seed of TestGenerated; 0 takes a new one")

// TestGenerated runs random programs under this Lua and under lua5.1 and compares
// what they print, errors included. The seed of a failure is printed.
func TestGenerated(t *testing.T) {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	g := &generator{Rand: rand.New(rand.NewPCG(s, 1))}
	var src strings.Builder
	src.WriteString(prelude)
	for i := range 400 {
		g.program(&src, i)
	}
	file := filepath.Join(t.TempDir(), "generated.lua")
	if err := os.WriteFile(file, []byte(src.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	want := nameless.ReplaceAllString(lua51(t, file), "a $1 value")
	got := nameless.ReplaceAllString(runScript(t, file, Options{Instructions: 100_000_000, Memory: 64 << 20}), "a $1 value")
	if got != want {
		t.Logf("seed %d; run with -seed to see it again", s)
		lines := strings.Split(src.String(), "\n")
		g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				number, _, _ := strings.Cut(w[i], " ")
				t.Errorf("program %s\n%s\n got %s\nwant %s", number, findProgram(lines, number), g[i], w[i])
				return
			}
		}
		t.Errorf("%d lines, want %d: %s", len(g), len(w), g[len(g)-1])
	}
}

// nameless takes the names of variables out of messages. The C implementation
// reads them off its own code, and where and, or and comparisons meet, sometimes
// sees one that ours does not.
var nameless = regexp.MustCompile(`(?:global|local|field|upvalue|method) '\w*\??' \(a (\w+) value\)`)

func findProgram(lines []string, number string) string {
	var text []string
	for i, l := range lines {
		if strings.HasPrefix(l, "show("+number+",") {
			for ; i < len(lines) && lines[i] != "]===]))"; i++ {
				text = append(text, lines[i])
			}
			break
		}
	}
	return strings.Join(text, "\n")
}

// prelude defines what the programs share: output without addresses, and a count
// that ends loops.
const prelude = `
local function text(v)
	local t = type(v)
	if t == "string" then v = v:gsub("0x%x+", "0x") return string.format("%q", v) end
	if t == "number" or t == "nil" or t == "boolean" then return tostring(v) end
	if t == "table" then
		local keys = {}
		for k, x in pairs(v) do keys[#keys + 1] = tostring(type(k) == "table" and "t" or k) .. "=" .. type(x) end
		return "{" .. table.concat(keys, " ") .. "}#" .. #v
	end
	return t
end
function show(n, ...)
	local out = {}
	for i = 1, select("#", ...) do out[i] = text((select(i, ...))) end
	print(n .. " " .. table.concat(out, ", "))
end
local mt = {
	__add = function(a, b) return "add" end, __concat = function(a, b) return "cat" end,
	__index = function(t, k) return type(k) end, __lt = function() return true end,
	__eq = function() return true end, __call = function(self, ...) return select("#", ...) end,
}
function obj() return setmetatable({}, mt) end
function id(...) return ... end
function two() return 1, "two" end
function try(source)
	local f, message = loadstring(source, "=p")
	if not f then return message end
	return pcall(f, 1, "b")
end
steps = 0
function tick() steps = steps + 1 return steps < 2000 end
`

type generator struct {
	*rand.Rand
	depth int
	names []string // local variables in scope
	fresh int
	loops int
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) program(b *strings.Builder, n int) {
	g.names, g.fresh, g.loops = nil, 0, 0
	fmt.Fprintf(b, "steps = 0\nshow(%d, try([===[\n", n)
	for range 2 + g.IntN(5) {
		g.statement(b)
	}
	fmt.Fprintf(b, "return %s\n]===]))\n", g.exprs(3))
}

func (g *generator) exprs(n int) string {
	list := []string{g.expr()}
	for range g.IntN(n) {
		list = append(list, g.expr())
	}
	return strings.Join(list, ", ")
}

func (g *generator) name() string {
	if len(g.names) > 0 && g.IntN(4) > 0 {
		return g.names[g.IntN(len(g.names))]
	}
	return g.pick("ga", "gb", "gc")
}

func (g *generator) block(b *strings.Builder) {
	names := len(g.names)
	g.depth++
	for range 1 + g.IntN(3) {
		g.statement(b)
	}
	g.depth--
	g.names = g.names[:names]
}

func (g *generator) local() string {
	g.fresh++
	return fmt.Sprintf("v%d", g.fresh)
}

func (g *generator) statement(b *strings.Builder) {
	kind := g.IntN(14)
	if g.depth > 3 {
		kind %= 4
	}
	switch kind {
	case 0, 1:
		n := g.local()
		fmt.Fprintf(b, "local %s = %s\n", n, g.expr())
		g.names = append(g.names, n)
	case 2:
		fmt.Fprintf(b, "%s = %s\n", g.name(), g.expr())
	case 3:
		fmt.Fprintf(b, "%s, %s = %s\n", g.name(), g.name(), g.exprs(3))
	case 4:
		fmt.Fprintf(b, "if %s then\n", g.expr())
		g.block(b)
		if g.IntN(2) == 0 {
			fmt.Fprintf(b, "elseif %s then\n", g.expr())
			g.block(b)
		}
		if g.IntN(2) == 0 {
			b.WriteString("else\n")
			g.block(b)
		}
		b.WriteString("end\n")
	case 5:
		n := g.local()
		fmt.Fprintf(b, "for %s = %d, %d, %s do\n", n, g.IntN(5)-2, g.IntN(6), g.pick("1", "2", "0.5", "-1"))
		g.loop(b, n)
	case 6:
		fmt.Fprintf(b, "while %s and tick() do\n", g.expr())
		g.loop(b, "")
	case 7:
		b.WriteString("repeat\n")
		names := len(g.names)
		g.block(b)
		g.names = g.names[:names]
		fmt.Fprintf(b, "until %s or not tick()\n", g.expr())
	case 8:
		k, v := g.local(), g.local()
		fmt.Fprintf(b, "for %s, %s in %s(%s) do\n", k, v, g.pick("pairs", "ipairs"), g.table())
		g.names = append(g.names, k)
		g.loop(b, v)
		g.names = g.names[:len(g.names)-1]
	case 9:
		n := g.local()
		fmt.Fprintf(b, "local function %s(%s)\n", n, g.pick("", "a", "a, b", "...", "a, ..."))
		names, loops := g.names, g.loops
		g.names, g.loops = append(append([]string(nil), g.names...), "a"), 0
		g.block(b)
		fmt.Fprintf(b, "if tick() then return %s end\nend\n", g.exprs(3))
		g.names, g.loops = append(names, n), loops
	case 10:
		fmt.Fprintf(b, "do\n")
		g.block(b)
		b.WriteString("end\n")
	case 11:
		fmt.Fprintf(b, "local t%d = %s\nt%d[%s] = %s\n", g.fresh, g.table(), g.fresh, g.expr(), g.expr())
	case 12:
		if g.loops > 0 {
			fmt.Fprintf(b, "if %s then break end\n", g.expr())
		}
	case 13:
		fmt.Fprintf(b, "%s = function(...) local x = %s return %s, ... end\n", g.name(), g.expr(), g.expr())
	}
}

func (g *generator) loop(b *strings.Builder, name string) {
	names := len(g.names)
	if name != "" {
		g.names = append(g.names, name)
	}
	g.loops++
	g.block(b)
	g.loops--
	b.WriteString("end\n")
	g.names = g.names[:names]
}

func (g *generator) table() string {
	var items []string
	for range g.IntN(5) {
		switch g.IntN(3) {
		case 0:
			items = append(items, g.pick("x", "y", "z")+" = "+g.expr())
		case 1:
			items = append(items, fmt.Sprintf("[%s] = %s", g.pick("1", "2", "'k'", "true", "1.5", "10"), g.expr()))
		default:
			items = append(items, g.expr())
		}
	}
	return "{" + strings.Join(items, ", ") + "}"
}

func (g *generator) expr() string {
	g.depth++
	defer func() { g.depth-- }()
	kind := g.IntN(22)
	if g.depth > 5 {
		kind %= 7
	}
	switch kind {
	case 0, 1:
		return g.pick("0", "1", "2", "-1", "3.5", "10", "1e15", "0.1", "-7", "100", "2^53", "1/0", "-0")
	case 2:
		return g.pick("'a'", "'abc'", "''", "'10'", "'0x1F'", "' 5 '", "'1e2'", "'x y'", "'%d'")
	case 3:
		return g.pick("nil", "true", "false", "...", "id()")
	case 4, 5, 6:
		return g.name()
	case 7, 8:
		return fmt.Sprintf("(%s %s %s)", g.expr(), g.pick("+", "-", "*", "/", "%", "^"), g.expr())
	case 9:
		return fmt.Sprintf("(%s .. %s .. %s)", g.expr(), g.expr(), g.expr())
	case 10, 11:
		return fmt.Sprintf("(%s %s %s)", g.expr(), g.pick("==", "~=", "<", "<=", ">", ">="), g.expr())
	case 12, 13:
		return fmt.Sprintf("(%s %s %s)", g.expr(), g.pick("and", "or"), g.expr())
	case 14:
		return g.pick("not ", "-", "#") + g.expr()
	case 15:
		return g.table()
	case 16:
		return fmt.Sprintf("(%s)[%s]", g.expr(), g.expr())
	case 17:
		return fmt.Sprintf("(%s).%s", g.expr(), g.pick("x", "y", "len", "upper"))
	case 18:
		return fmt.Sprintf("%s(%s)", g.pick("id", "two", "tostring", "type", "tonumber", "select", "unpack", "pcall", "rawget", "next", "math.floor", "math.max", "string.len", "obj"), g.exprs(3))
	case 19:
		return fmt.Sprintf("string.%s(%s)", g.pick("sub", "rep", "byte", "find", "match", "gsub", "format", "upper", "reverse"), g.short())
	case 20:
		return fmt.Sprintf("(%s):%s(%s)", g.expr(), g.pick("sub", "len", "upper", "byte", "nothing"), g.expr())
	default:
		return fmt.Sprintf("(%s)(%s)", g.expr(), g.exprs(2))
	}
}

// short are arguments for string functions that keep results small.
func (g *generator) short() string {
	list := []string{g.pick("'hello world'", "'abc123'", "'a.b.c'", g.name())}
	for range g.IntN(3) {
		list = append(list, g.pick("1", "2", "-1", "3", "'%a+'", "'(%w)(%w)'", "'.'", "'%s %d'", "'b*'", "'[a-c]'", "'%'", "''"))
	}
	return strings.Join(list, ", ")
}
