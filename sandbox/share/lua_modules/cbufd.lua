--[[
# cbufd
A grammar of the changes that a circular buffer tells (`format("cbufd")`).

It makes a table: `header`, the first line, and for each row a table of its values
with `time` in nanoseconds. Where a column did not change the value is NaN.

## Exports
- grammar: matches a whole payload

## Example
```lua
local cbufd = require "cbufd"
local delta = cbufd.grammar:match(read_message("Payload"))
for _, row in ipairs(delta) do
    print(row.time, row[1])
end
```
--]]

local l = require "lpeg"
l.locale(l)

local M = {}

local function nanoseconds(seconds) return tonumber(seconds) * 1e9 end

local digits = l.digit^1
local exponent = l.S"eE" * l.S"+-"^-1 * digits
local decimal = l.P"-"^-1 * digits * ("." * digits)^-1 * exponent^-1 / tonumber
local number = l.P"nan" * l.Cc(0/0) + l.P"-nan" * l.Cc(0/0) + l.P"inf" * l.Cc(1/0) + l.P"-inf" * l.Cc(-1/0) + decimal
local time = l.Cg(l.P"-"^-1 * digits / nanoseconds, "time")
local row = l.Ct(time * ("\t" * number)^1 * "\n")

M.grammar = l.Ct(l.Cg((1 - l.P"\n")^1, "header") * "\n" * row^1) * -1

return M
