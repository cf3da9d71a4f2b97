-- Times one kernel: the least time of a call, in nanoseconds, of several rounds.
dofile(arg[1])
local run, clock = run, os.clock
local n = 1
local t
repeat
    n = n * 2
    t = clock()
    for i = 1, n do run() end
until clock() - t > 0.05
local best = 1 / 0
for round = 1, tonumber(arg[2] or 7) do
    local t = clock()
    for i = 1, n do run() end
    t = (clock() - t) / n
    if t < best then best = t end
end
print(string.format("%.1f", best * 1e9))
