-- Building text and walking over it.
function run()
    local parts = {}
    for i = 1, 1000 do parts[i] = "item " .. i .. "," end
    local text = table.concat(parts)
    local n = 0
    for word in text:gmatch("%a+") do n = n + #word end
    return n
end
