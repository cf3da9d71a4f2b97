--[[
# sfl4j
Grammar of the log events that Java's SLF4J writes with the pattern
"LEVEL [yyyy-mm-dd HH:MM:SS,mmm] class: message", and the lines of a stack trace
after them.

## Exports
- logevent_grammar: a table with severity (a number), timestamp (nanoseconds), class, message and stacktrace

## Example
```lua
local sfl4j = require "sfl4j"
local event = sfl4j.logevent_grammar:match(read_message("Payload"))
```
--]]

local l = require "lpeg"
local string = require "string"
local dt = require "date_time"
l.locale(l)

local P, S, C, Cg, Ct, Cc, digit = l.P, l.S, l.C, l.Cg, l.Ct, l.Cc, l.digit

local M = {}

local levels = P(false)
for _, e in ipairs{{"TRACE", 7}, {"DEBUG", 7}, {"INFO", 6}, {"WARN", 4}, {"ERROR", 3}, {"FATAL", 0}} do
    levels = levels + (P(e[1]) + string.lower(e[1])) * Cc(e[2])
end

local milliseconds = Cg(digit * digit * digit / function(ms) return ms / 1000 end, "sec_frac")
local timestamp = Ct(dt.rfc3339_full_date * " " * dt.time_hour * ":" * dt.time_minute * ":" * dt.time_second
    * "," * milliseconds) / dt.time_to_ns

local class = (P(1) - S":\n")^1
local message = (P(1) - "\n")^0
-- Lines of a trace begin with "!", with white space, or with what Java itself prints.
local trace_line = (P"!" + S" \t"^1 * (P"at " + "... ") + "Caused by: ") * (P(1) - "\n")^0 * (P"\n" + -P(1))

M.logevent_grammar = Ct(
    Cg(levels, "severity") * P" "^1 * "[" * Cg(timestamp, "timestamp") * "] "
    * Cg(class, "class") * ": " * Cg(message, "message") * P"\n"^-1
    * Cg(trace_line^1, "stacktrace")^-1)

return M
