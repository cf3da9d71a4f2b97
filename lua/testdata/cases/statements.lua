-- assignment, scope, loops, goto-less control flow
local a, b, c = 1, 2 print(a, b, c)
a, b = b, a print(a, b)
local i, t = 1, {}
i, t[i] = i + 1, 20 print(i, t[1], t[2])
t[i], i = 30, 9 print(i, t[2], t[9])
local x, y, z = (function() return 1, 2, 3 end)() print(x, y, z)
local p, q = ((function() return 1, 2 end)()) print(p, q)
local r, s = (function() return 1, 2 end)(), 10 print(r, s)
do local a = 5 print(a) end print(a)
for i = 1, 3 do io.write(i, " ") end print()
for i = 3, 1, -1 do io.write(i, " ") end print()
for i = 1, 0 do print("never") end
for i = 1, 2, 0.25 do io.write(i, " ") end print()
for i = 0.1, 0.35, 0.1 do io.write(i, " ") end print()
for i = "1", "3" do io.write(i, " ") end print()
local n = 0 while n < 5 do n = n + 1 if n == 3 then break end end print(n)
repeat local done = n > 5 n = n + 1 until done print(n)
for i = 1, 3 do for j = 1, 3 do if j == 2 then break end io.write(i, ":", j, " ") end end print()
if nil then print(1) elseif false then print(2) else print(3) end
if 0 then print("0 is true") end if "" then print("empty is true") end
local fns = {} for i = 1, 3 do fns[i] = function() i = i + 1 return i end end
print(fns[1](), fns[1](), fns[2](), fns[3]())
local k = {} for i = 1, 2 do local v = i * 10 k[i] = function(n) v = v + n return v end end print(k[1](1), k[1](1), k[2](5))
local w = {} local j = 0 while j < 3 do j = j + 1 local c = j w[j] = function() return c end end print(w[1](), w[2](), w[3]())
local rep = {} local m = 0 repeat local c = m rep[#rep + 1] = function() return c end m = m + 1 until (function() return c end)() == 2 print(#rep, rep[1](), rep[3]())
local function f(...) return ... end
print((f(1, 2, 3)), f(1, 2, 3)) print(({f(1, 2, 3), f(4, 5)})[3], #{f(1, 2, 3), f(4, 5)}, #{f(1, 2, 3), (f(4, 5))})
