-- Looks for a word in a text, and replaces some.
local l = require "lpeg"
local text = string.rep("the quick brown fox jumps over the lazy dog; ", 20) .. "needle in it"
local find = (1 - l.P "needle") ^ 0 * l.Cp() * "needle"
local subst = l.Cs((l.P "fox" / "cat" + l.P "dog" / "cow" + 1) ^ 0)
function run()
    assert(find:match(text) == 901)
    assert(#subst:match(text) == #text)
end
