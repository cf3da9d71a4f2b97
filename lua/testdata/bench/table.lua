-- Growing, walking and sorting tables.
function run()
    local t = {}
    local seed = 42
    for i = 1, 10000 do
        seed = (seed * 16807) % 2147483647
        t[i] = seed
    end
    local h = {}
    for i = 1, #t do h["k" .. (t[i] % 1000)] = i end
    local n = 0
    for k, v in pairs(h) do n = n + v end
    for i, v in ipairs(t) do n = n + v end
    table.sort(t)
    return n
end
