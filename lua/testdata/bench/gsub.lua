-- Replacing with captures, a table and a function.
local text = string.rep("The quick brown fox jumps over the lazy dog; key=value, ", 10)
local map = {quick = "slow", lazy = "busy"}

function run()
    local a = text:gsub("(%w+)=(%w+)", "%2=%1")
    local b = a:gsub("%a+", map)
    local c, n = b:gsub("%s+", function(s) return "_" end)
    return n
end
