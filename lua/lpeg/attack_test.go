package lpeg

import (
	"testing"

	"github.com/heka-project/heka/lua/internal/luatest"
)

// TestAttacks stops what would run or grow for ever: matches, patterns, captures.
func TestAttacks(t *testing.T) {
	luatest.Attacks(t, newVM, `local m, re = require "lpeg", require "re"`, [][2]string{
		{"exponential grammar", `local p = m.P{"a" * m.V(1) * m.V(1) * "b" + "a" * m.V(1) * m.V(1) * "c" + "a" + ""} p:match(string.rep("a", 60) .. "d")`},
		{"exponential choice", `while true do pcall(function() local p = m.P "a" for i = 1, 40 do p = (p + p * "b") * "c" + (p + p * "d") * "e" + p p:match(string.rep("a", 100)) end end) end`},
		{"exponential rules", `local g = {} for i = 1, 60 do g[i] = m.V(i + 1) * "x" + m.V(i + 1) * "y" + m.V(i + 1) end g[61] = m.P "a" m.P(g):match "az" while true do m.P(g):match "az" end`},
		{"nested loops", `local p = ((((m.P "a" ^ 1 * m.P "b" ^ -1) ^ 1 * m.P "c" ^ -1) ^ 1 + 1) ^ 0 * "z" + 1) ^ 0 while true do p:match(string.rep("ab", 20000)) end`},
		{"quadratic search", `local p = m.P{m.P "a" ^ 0 * "b" + 1 * m.V(1)} p:match(string.rep("a", 1000000))`},
		{"quadratic look-ahead", `local p = (#(m.P(1) ^ 0) * 1) ^ 0 p:match(string.rep("a", 1000000))`},
		{"long search again and again", `local p, s = (1 - m.P "needle") ^ 0, string.rep("x", 1000000) while true do p:match(s) end`},
		{"long span again and again", `local p, s = m.P(1) ^ 0, string.rep("x", 1000000) while true do p:match(s) end`},
		{"long literal again and again", `local s = string.rep("x", 1000000) local p = m.P(s) while true do p:match(s) end`},
		{"doubling a pattern", `local p = m.P "ab" while true do p = p * p p:match "ab" end`},
		{"doubling a choice", `while true do pcall(function() local p = m.C "a" * "b" while true do p = p * "c" + p end end) end`},
		{"doubling under a loop", `local p = m.V "x" while true do p = p * p pcall(function() return p ^ 0 end) pcall(m.P, {p, x = m.P "a"}) end`},
		{"huge repetition", `while true do pcall(function() return (m.P "ab" ^ 1000000):match "ab" end) pcall(function() return (m.P "ab" ^ -1000000):match "ab" end) end`},
		{"repetition of repetitions", `while true do pcall(function() local p = m.P "a" for i = 1, 10 do p = p * p ^ 100 p:match "a" end end) end`},
		{"huge any", `while true do pcall(m.P, 1e300) m.P(2 ^ 40):match "a" m.P(-2 ^ 40):match "a" end`},
		{"deep nesting", `while true do pcall(function() local p = m.P "a" while true do p = #(p * "b") + "c" end end) end`},
		{"deep nesting of captures", `local p = m.P "a" while true do p = m.C(p) pcall(m.match, p, "a") end`},
		{"long chain", `local p = m.P "a" while true do p = p * m.P "b" ^ 0 end`},
		{"many patterns kept", `local t = {} while true do t[#t + 1] = m.P "abc" * m.S "xyz" end`},
		{"many programs kept", `local t = {} while true do local p = m.P "abc" * m.S "xyz" ^ 1 p:match "a" t[#t + 1] = p end`},
		{"many sets", `local i = 0 while true do i = i + 1 local p = m.P(false) for j = 1, 200 do p = p + m.S("a" .. string.char(i % 256, j)) * "x" end p:match "a" end`},
		{"backtrack stack", `m.setmaxstack(2 ^ 40) m.P{m.P "a" * m.V(1) * "b" + "c"}:match(string.rep("a", 3000000))`},
		{"backtrack stack that fits", `m.setmaxstack(2 ^ 40) local p, s = m.P{m.P "a" * m.V(1) * "b" + "c"}, string.rep("a", 100000) while true do p:match(s) end`},
		{"many captures", `local p, s = m.Ct(m.C(1) ^ 0), string.rep("ab", 1000000) while true do p:match(s) end`},
		{"many results", `local p, s = m.C(1) ^ 0, string.rep("ab", 3000) while true do p:match(s) end`},
		{"more results than fit", `local p, s = m.C(1) ^ 0, string.rep("ab", 500000) while true do pcall(m.match, p, s) end`},
		{"nested captures of a long subject", `local p, s = m.P(1) ^ 0, string.rep("ab", 500000) for i = 1, 50 do p = m.C(p) end while true do p:match(s) end`},
		{"captures in captures", `m.setmaxstack(1e9) local p, s = m.P{m.Ct("(" * m.V(1) * ")" + "")}, string.rep("(", 60000) .. string.rep(")", 60000) while true do pcall(m.match, p, s) end`},
		{"doubling back references", `local p = m.Cg(m.Cc "x", 1) for i = 2, 60 do p = p * m.Cg(m.Cb(i - 1) * m.Cb(i - 1), i) end while true do pcall(m.match, p * m.Cb(60), "") end`},
		{"doubling back references to nothing", `local p = m.Cg(m.Cc "x", 1) for i = 2, 60 do p = p * m.Cg(m.Cs(m.Cb(i - 1) * m.Cb(i - 1)), i) end while true do pcall(m.match, p * m.Cb(60), "") end`},
		{"doubling back references to one", `local p = m.Cg(m.Cc "x", 1) for i = 2, 60 do p = p * m.Cg(m.Cb(i - 1) * m.Cb(i - 1) / 1, i) end while true do pcall(m.match, p * m.Cb(60), "") end`},
		{"doubling strings", `local p = m.Cc(string.rep("x", 1000)) for i = 1, 60 do p = p / "%1%1" end p:match ""`},
		{"doubling in place", `local p = m.P(1) / "%0%0%0%0%0%0%0%0" for i = 1, 40 do p = m.Cs(p) / "%0%1" end local s = string.rep("x", 100000) while true do m.Cs((m.P(1) / string.rep("y", 1000)) ^ 0):match(s) end`},
		{"back references far back", `local p = m.Cg("a", "x") * (m.C(1) * m.Cb "x") ^ 0 local s = string.rep("a", 100000) while true do pcall(m.match, p, s) pcall(m.match, m.Ct(p), s) end`},
		{"match-time values kept", `local p = m.Ct(m.Cmt(1, function(s, i) return i, {}, {}, {} end) ^ 0) while true do p:match(string.rep("x", 1000000)) end`},
		{"match-time recursion", `local p p = m.Cmt(1, function(s, i) return p:match(s) end) while true do pcall(m.match, p, "x") end`},
		{"match-time loop", `local p = m.Cmt(1, function() while true do end end) pcall(m.match, p, "x")`},
		{"function captures that recurse", `local p p = m.P(1) / function(s) return p:match(s) end while true do pcall(m.match, p, "x") end`},
		{"fold that grows", `local p = m.Cf(m.C(1) ^ 1, function(a, b) return a .. a .. b end) p:match(string.rep("x", 100))`},
		{"query without end", `local p = m.C(1) / setmetatable({}, {__index = function(t, k) while true do end end}) pcall(m.match, p, "x")`},
		{"grammar with many rules", `local g = {} for i = 1, 249 do g[i] = m.V(i % 249 + 1) * "a" + "b" end while true do pcall(m.P, g) end`},
		{"grammar of choices", `local g = {"s"} while true do local p = m.V "a" for i = 1, 13 do p = p + m.V "a" * p end g.s, g.a = p * "x", m.P "a" m.P(g):match "b" end`},
		{"re of deep nesting", `while true do pcall(re.compile, string.rep("(", 100000)) pcall(re.compile, string.rep("!", 100000)) pcall(re.compile, string.rep("{", 100000) .. "'a'" .. string.rep("}", 100000)) end`},
		{"re of a long text", `local s = string.rep("'a' / ", 100000) .. "'b'" while true do pcall(re.compile, s) end`},
		{"re without end", `local i = 0 while true do i = i + 1 re.match("a", "'a" .. i .. "'") re.gsub("a", "'a'", "b" .. i) re.find("a", "'b" .. i .. "'") end`},
		{"re gsub of much", `local s = string.rep("a", 100000) while true do re.gsub(s, "'a'", string.rep("b", 1000)) end`},
		{"locale for ever", `while true do m.locale() end`},
		{"sets of long strings", `local s = string.rep("abc", 1000000) while true do m.S(s) end`},
	})
}
