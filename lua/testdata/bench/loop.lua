-- The bare loop.
function run()
    local s = 0
    for i = 1, 1000000 do s = s + i % 7 end
    return s
end
