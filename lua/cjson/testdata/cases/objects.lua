-- Order of keys, shapes met again, long objects and arrays, keys with escapes.
local j = require "cjson"
local function keys(t) local r = {} for k in pairs(t) do r[#r + 1] = k end return table.concat(r, " ") end
local texts = {
    '{"a":1,"b":2,"c":3}', '{"c":1,"b":2,"a":3}', '{"a":1,"a":2,"b":3}', '{"b":3,"a":{"a":1,"b":2,"c":3}}', '{"":1,"\\u0061":2}', '{"a\\n":1,"b/":2}',
    '{"a":null,"b":1,"c":null}', '{"1":1,"2":2}', '[]', '{}', '[[],{}]', '[1,[2,[3,[4]]]]', '{"one":1,"two":2,"three":3,"four":4,"five":5,"six":6,"seven":7,"eight":8,"nine":9}',
}
for round = 1, 4 do
    for _, s in ipairs(texts) do
        local t = j.decode(s)
        print(round, keys(t), j.encode(t))
        t.extra = round t.more = true
        print(keys(t))
    end
end
local t = {} for i = 1, 100 do t[i] = '"k' .. i .. '":' .. i end
local long = j.decode("{" .. table.concat(t, ",") .. "}") print(keys(long), long.k1, long.k33, long.k100)
for i = 1, 100 do t[i] = i end
long = j.decode("[" .. table.concat(t, ",") .. "]") print(#long, long[64], long[65], long[100]) long[101] = 1 print(#long)
for n = 0, 70, 7 do
    local t = {} for i = 1, n do t[i] = '"k' .. i .. '":[' .. i .. ',{"x":' .. i .. '}]' end
    local v = j.decode("{" .. table.concat(t, ",") .. "}") print(n, keys(v), n > 0 and v["k" .. n][2].x)
end
print(j.encode {1, 2, {a = {}}, "x/y", j.null, true}, j.encode(setmetatable({1, 2}, {__index = {3}})), j.encode {[1] = 1, [2] = 2, [4] = 4})
print(j.encode(string.rep("\1", 100)), #j.encode(string.rep("/", 5000)), #j.decode('"' .. string.rep("\\u20ac", 2000) .. '"'), j.decode(' \t\n\r 1 \t\n\r '))
