-- Random patterns on random subjects, the same on every Lua: a generator of its own,
-- and results as text. arg[1] is the seed, arg[2] how many.
local m = require "lpeg"
local seed = tonumber(arg and arg[1] or SEED or 1)
local count = tonumber(arg and arg[2] or COUNT or 1000)
local function rnd(n)
    seed = (seed * 16807) % 2147483647
    return seed % n + 1
end

local alphabet = "abc"
local function word(n)
    local t = {}
    for i = 1, rnd(n) do t[i] = alphabet:sub(rnd(3), -1):sub(1, 1) end
    return table.concat(t)
end

local function show(v)
    if type(v) == "table" then
        local keys, t = {}, {}
        for k in pairs(v) do keys[#keys + 1] = k end
        table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
        for i, k in ipairs(keys) do t[i] = tostring(k) .. "=" .. show(v[k]) end
        return "{" .. table.concat(t, ",") .. "}"
    end
    return type(v):sub(1, 1) .. tostring(v)
end

local function join(...)
    local t = {}
    for i = 1, select("#", ...) do t[i] = show((select(i, ...))) end
    return table.concat(t, "|")
end
local names = {"x", "y", "z"}
local gen

local leaves = {
    function() return m.P(word(3)) end,
    function() return m.P(word(1)) end,
    function() return m.S(word(2)) end,
    function() return m.R("ab") end,
    function() return m.P(rnd(2)) end,
    function() return m.P(1) end,
    function() return m.P(true) end,
    function() return m.P(-rnd(2)) end,
    function() return m.Cp() end,
    function() return m.Cc("k" .. rnd(5)) end,
    function() return m.Cc(1, 2) end,
    function() return m.Carg(1) end,
    function() return m.P(false) end,
    function() return m.B(m.P(word(2))) end,
}

local inGrammar = false
local nodes = {
    function(d) return gen(d) * gen(d) end,
    function(d) return gen(d) * gen(d) end,
    function(d) return gen(d) * gen(d) * gen(d) end,
    function(d) return gen(d) + gen(d) end,
    function(d) return gen(d) + gen(d) end,
    function(d) return gen(d) + gen(d) + gen(d) + gen(d) end,
    function(d) return m.P(word(2)) + word(3) + word(3) + word(3) * gen(d) end,
    function(d) return gen(d) - gen(d) end,
    function(d) return -gen(d) end,
    function(d) return #gen(d) end,
    function(d) return gen(d) ^ 0 end,
    function(d) return gen(d) ^ rnd(2) end,
    function(d) return gen(d) ^ -rnd(3) end,
    function(d) return (1 - gen(d)) ^ 0 end,
    function(d) return (gen(d) + 1) ^ 0 end,
    function(d) return m.C(gen(d)) end,
    function(d) return m.C(gen(d)) end,
    function(d) return m.Ct(gen(d)) end,
    function(d) return m.Cs(gen(d)) end,
    function(d) return m.Cg(gen(d)) end,
    function(d) return m.Cg(gen(d), names[rnd(3)]) end,
    function(d) return m.Cg(gen(d), "x") * gen(d) * m.Cb("x") end,
    function(d) return gen(d) / "<%0%1>" end,
    function(d) return gen(d) / "[%0]" end,
    function(d) return gen(d) / (rnd(3) - 1) end,
    function(d) return gen(d) / {a = 1, b = "B", ab = true} end,
    function(d) return gen(d) / function(...) return "f" .. select("#", ...), (...) end end,
    function(d) return m.Cf(gen(d), function(a, b) return show(a) .. "+" .. show(b) end) end,
    function(d) return m.Cmt(gen(d), function(s, i, ...) return rnd(4) > 1 and i, ... end) end,
    function(d) return m.Cmt(gen(d), function(s, i, ...) return rnd(4) > 1 end) end,
    function(d)
        local g = {gen(d) * (m.V "A" + gen(d)), A = gen(d) * m.V "B" ^ -1, B = gen(d) + word(1) * m.V(1)}
        return m.P(g)
    end,
    function(d) return m.P {word(1) * m.V(1) ^ 0 + gen(d)} end,
}

function gen(d)
    if d <= 0 or rnd(5) == 1 then return leaves[rnd(#leaves)]() end
    return nodes[rnd(#nodes)](d - 1)
end

local function clean(e) return (tostring(e):gsub("^[^:]*:%d+: ", ""):gsub("0x%x+", "")) end

for i = 1, count do
    local start = seed
    local ok, p = pcall(gen, rnd(4))
    if not ok then
        print(i, start, "build", clean(p))
    else
        for j = 1, 4 do
            local s = word(9)
            local before = seed
            local ok, e = pcall(function() return join(p:match(s, rnd(2), "arg1")) end)
            if not ok then e = "! " .. clean(e) end
            print(i, start, s, e)
            seed = before
        end
    end
end
