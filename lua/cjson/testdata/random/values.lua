-- Random tables encoded, and random texts decoded: the same on every Lua. arg[1] is
-- the seed, arg[2] how many.
local j = require "cjson"
local seed = tonumber(arg[1])
local function rnd(n)
    seed = (seed * 16807) % 2147483647
    return seed % n + 1
end
local function text()
    local t = {}
    for i = 1, rnd(12) do t[i] = string.char(rnd(4) == 1 and rnd(256) - 1 or 32 + rnd(94)) end
    return table.concat(t)
end
local function num()
    local k = rnd(8)
    if k == 1 then return rnd(1000) end
    if k == 2 then return -rnd(1000) / 8 end
    if k == 3 then return rnd(1e9) * rnd(1e9) end
    if k == 4 then return rnd(1e9) / rnd(1e9) end
    if k == 5 then return tonumber(rnd(100) .. "e" .. rnd(600) - 300) end
    return rnd(10) - 1
end
local gen
function gen(d)
    local k = rnd(d > 0 and 9 or 5)
    if k == 1 then return text() end
    if k == 2 then return num() end
    if k == 3 then return rnd(2) == 1 end
    if k == 4 then return j.null end
    if k == 5 then return "key" .. rnd(100) end
    local t = {}
    if k <= 7 then
        for i = 1, rnd(12) - 1 do t[i] = gen(d - 1) end
        if rnd(10) == 1 then t[rnd(40)] = gen(d - 1) end
    else
        for i = 1, rnd(40) - 1 do t["key" .. rnd(60)] = gen(d - 1) end
        if rnd(10) == 1 then t[num()] = gen(d - 1) end
    end
    return t
end
local function show(v)
    if type(v) ~= "table" then return type(v):sub(1, 1) .. (type(v) == "number" and string.format("%.17g", v) or tostring(v)) end
    local t = {}
    for k, x in pairs(v) do t[#t + 1] = show(k) .. "=" .. show(x) end -- in the order of pairs
    return "{" .. table.concat(t, ",") .. "}#" .. #v
end
local function clean(e) return (tostring(e):gsub("^[^:]*:%d+: ", "")) end
local junk = {"{", "}", "[", "]", ",", ":", '"', "\\", "1", "-", ".", "e", "nan", "inf", "true", "null", "\\u00e9", "\\ud800", "0x", " ", "\n", "\0"}
for i = 1, tonumber(arg[2]) do
    j.encode_sparse_array(rnd(2) == 1, rnd(3) - 1, rnd(12))
    j.decode_invalid_numbers(rnd(2) == 1)
    j.encode_number_precision(rnd(3) == 1 and rnd(14) or 14)
    local ok, s = pcall(j.encode, gen(3))
    print(i, ok, ok and s or clean(s))
    if ok then
        local ok, v = pcall(j.decode, s)
        print(ok, ok and show(v) or clean(v))
        if ok then print(pcall(j.encode, v)) end
        for k = 1, 4 do -- damage it
            local at = rnd(#s)
            s = s:sub(1, at - 1) .. junk[rnd(#junk)] .. s:sub(at + rnd(3) - 1)
            local ok, v = pcall(j.decode, s)
            print(ok, ok and show(v) or clean(v))
        end
    end
end
