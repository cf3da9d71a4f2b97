local function va(...) local a, b = ... return select('#', ...), a, b end
print(va()) print(va(nil)) print(va(1, nil, nil)) print(va(1, 2, 3))
function old(...) return arg.n, arg[1], arg[2], #arg end print(old(7, 8, nil))
function notold(...) local x = ... return arg end print(notold(1))
local function tail(n) if n == 0 then return "done" end return tail(n - 1) end print(tail(100000))
local t = {a = {}} function t.a.b() return "b" end function t.a:c(x) return self == t.a, x end print(t.a.b(), t.a:c(3))
local s = "x" print(s:rep(3), ("%d"):format(3), #s:rep(4))
print(#"abc", -2 ^ 2, not nil == true, 2 ^ 3 ^ 2, "a" .. "b" .. 1 .. 2)
print(1 .. "", 1.5 .. "|", -0 .. "")
local function multi() return 1, 2, 3 end
local tt = {multi(), multi(), x = multi()} print(#tt, tt.x)
print((multi())) print(multi(), 10) print(10, multi())
print(type(print), type(multi), type(nil), type({}), type("x"), type(2), type(print) == "function")
print(pcall(function(...) return select(-1, ...) end, 1, 2, 3)) print(pcall(select, 0)) print(select(2, "a", "b", "c")) print(select(-2, "a", "b", "c"))
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
local inc, get = counter() inc() inc() print(get())
local deep = function(a) return function(b) return function(c) return a + b + c end end end print(deep(1)(2)(3))
print((function(a, b, c) return a, b, c end)(1)) print((function(a) return a end)(1, 2, 3))
local function rec(n) if n > 0 then return n + rec(n - 1) end return 0 end print(rec(1000))
print(string.format("%s %s", (function() return "a", "b" end)()))
local up = 1 local function outer() local function inner() up = up + 1 return up end return inner() + inner() end print(outer(), up)
do local a = {} for i = 1, 10 do a[#a + 1] = i end print(#a, unpack(a, 3, 5)) end
print(unpack({1, 2, nil, 4}, 1, 4)) print(unpack({}, 1, 3)) print(unpack({1, 2, 3}, 2)) print(unpack({1, 2, 3}, -1, 1))
return 1, 2
