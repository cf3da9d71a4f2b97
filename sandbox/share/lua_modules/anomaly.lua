--[[
# anomaly
Finds what is unusual in a circular buffer.

Tests are written as calls, as many as wanted, after one another. `name` is that of
the graph's payload, `col` a column, `win` the rows of a window; a quote in the name
is doubled. The newest row is never looked at: it is not complete.

| test | finds |
|---|---|
| `roc("name", col, win, hwin, sd, loss, start)` | a window's mean that differs from the one before by more than `sd` deviations of the `hwin` rows before those (0: of all); with `loss` that data stops, with `start` that it begins (`true` or `false`) |
| `mww("name", col, win, nwin, pvalue, trend)` | a window that differs from more than a quarter of `nwin` by the rank test of Mann and Whitney; `trend` is `decreasing`, `increasing` or `any` |
| `mww_nonparametric("name", col, win, nwin, pstat)` | values that are larger (`pstat` above 0.5) or smaller (below) than those of the windows before, as a share of all pairs |

## Exports
- parse_config(text): the tests of a text, for detect; nil for nil, an error for what is no test
- detect(ns, name, cbuf, tests): a message and its notes for a graph (see annotation), or nothing; once a row

## Example
```lua
local anomaly = require "anomaly"
local tests = anomaly.parse_config('roc("Requests", 1, 15, 0, 1.5, true, false)')
local message, notes = anomaly.detect(ns, "Requests", cb, tests)
```
--]]

local annotation = require "annotation"
local math = require "math"
local string = require "string"
local table = require "table"

local M = {}

local uint, decimal = "^%d+$", "^%d+%.?%d*$"

-- What each test takes, in order: name, pattern, conversion.
local function yes(text) return text == "true" end
local function same(text) return text end
local forms = {
    roc = {
        {"col", uint, tonumber}, {"win", uint, tonumber}, {"hwin", uint, tonumber}, {"sd", decimal, tonumber},
        {"loss_of_data", {["true"] = true, ["false"] = true}, yes}, {"start_of_data", {["true"] = true, ["false"] = true}, yes},
    },
    mww = {
        {"col", uint, tonumber}, {"win", uint, tonumber}, {"nwin", uint, tonumber}, {"pvalue", decimal, tonumber},
        {"trend", {decreasing = true, increasing = true, any = true}, same},
    },
    mww_nonparametric = {
        {"col", uint, tonumber}, {"win", uint, tonumber}, {"nwin", uint, tonumber}, {"pstat", "^0%.?%d*$", tonumber},
    },
}

-- quoted reads a name from after its opening quote on, and returns it with the
-- place after the closing one.
local function quoted(text, at)
    local parts = {}
    while true do
        local stop = string.find(text, '"', at, true)
        if not stop then return end
        parts[#parts + 1] = string.sub(text, at, stop - 1)
        if string.sub(text, stop + 1, stop + 1) ~= '"' then
            return table.concat(parts, '"'), stop + 1
        end
        at = stop + 2
    end
end

-- arguments makes a test of the text between name and bracket.
local function arguments(algorithm, text)
    local test, given = {algorithm = algorithm}, {}
    for arg in string.gmatch(text .. ",", "([^,]*),") do
        given[#given + 1] = string.match(arg, "^%s*(.-)%s*$")
    end
    local form = forms[algorithm]
    if #given ~= #form + 1 or given[1] ~= "" then return end
    for i, want in ipairs(form) do
        local arg, pattern = given[i + 1], want[2]
        local fits
        if type(pattern) == "table" then fits = pattern[arg] else fits = string.match(arg, pattern) end
        if not fits then return end
        test[want[1]] = want[3](arg)
    end
    return test
end

-- call reads one test at a place, and returns the name, the test and the place
-- after it.
local function call(text, at)
    local algorithm, after = string.match(text, '^%s*([%a_]+)%(%s*"()', at)
    if not forms[algorithm] then return end
    local name, stop = quoted(text, after)
    if not name or name == "" then return end
    local args, next = string.match(text, "^([^)]*)%)%s*()", stop)
    if not args then return end
    return name, arguments(algorithm, args), next
end

function M.parse_config(text)
    if not text then return end
    local tests, at = {}, 1
    repeat
        local name, test, next = call(text, at)
        if not test then error("could not parse the anomaly_config") end
        tests[name] = tests[name] or {}
        table.insert(tests[name], test)
        at = next
    until at > #text
    return tests
end

-- outOfRange raises the error of windows that the buffer does not hold.
local function outOfRange(name, t, rows)
    error(string.format("%s - algorithm: %s col: %d msg: arguments out of range: the windows do not fit into %d rows",
        name, t.algorithm, t.col, rows))
end

-- roc compares the means of two windows with the deviation before them.
local function roc(name, cbuf, t, row, now, rows)
    if 3 * t.win >= rows or (t.hwin ~= 0 and t.hwin < t.win) then outOfRange(name, t, rows) end
    local width = t.win * row
    local from
    if t.hwin ~= 0 then from = now - 2 * width - t.hwin * row end
    local sd = cbuf:compute("sd", t.col, from, now - 2 * width - row)
    local before, filled = cbuf:compute("avg", t.col, now - 2 * width, now - width - row)
    local mean, active = cbuf:compute("avg", t.col, now - width, now - row)
    if t.loss_of_data and filled > 0 and active == 0 then return "no new data" end
    if t.start_of_data and filled == 0 and active > 0 then return "unexpected data" end
    if sd and before and mean and math.abs(mean - before) > sd * t.sd then
        return string.format("detected anomaly, standard deviation exceeds %G", t.sd)
    end
end

-- windows calls f with the ends of the newest window and of each before it.
local function windows(name, cbuf, t, row, now, rows, f)
    if t.win * t.nwin >= rows then outOfRange(name, t, rows) end
    local width = t.win * row
    local first, last = now - width, now - row
    for start = first - width, now - width * t.nwin + 1, -width do
        f(first, last, start, start + width - row)
    end
end

local function mww(name, cbuf, t, row, now, rows)
    local mean, count = nil, 0
    windows(name, cbuf, t, row, now, rows, function(first, last, start, stop)
        mean = mean or cbuf:compute("avg", t.col, first, last)
        if t.trend ~= "any" then
            local other = cbuf:compute("avg", t.col, start, stop)
            if not other or not mean then return end
            if t.trend == "decreasing" and not (other > mean) then return end
            if t.trend == "increasing" and not (other < mean) then return end
        end
        local _, p = cbuf:mannwhitneyu(t.col, first, last, start, stop)
        if p and p < t.pvalue then count = count + 1 end
    end)
    if count > t.nwin / 4 then
        if t.trend == "any" then return "detected anomaly" end
        return string.format("detected anomaly, %s values", t.trend)
    end
end

local function mww_nonparametric(name, cbuf, t, row, now, rows)
    local sum = 0
    windows(name, cbuf, t, row, now, rows, function(first, last, start, stop)
        local u = cbuf:mannwhitneyu(t.col, first, last, start, stop)
        if u then sum = sum + u / (t.win * t.win) - 0.5 end
    end)
    local pstat = sum / (t.nwin - 1) + 0.5
    if t.pstat < 0.5 and pstat < t.pstat or t.pstat > 0.5 and pstat > t.pstat then
        return string.format("detected anomaly, pstat: %G", pstat)
    end
end

local algorithms = {roc = roc, mww = mww, mww_nonparametric = mww_nonparametric}

function M.detect(ns, name, cbuf, tests)
    if not cbuf:get(ns, 1) then
        cbuf:add(ns, 1, 0/0) -- moves the window, whatever comes in
    end
    local list = tests[name]
    if not list then return end
    local rows, _, seconds = cbuf:get_configuration()
    local row = seconds * 1e9
    if list.last_run and ns - list.last_run < row then return end
    list.last_run = ns

    local now = cbuf:current_time()
    local messages, notes = {}, {}
    for _, t in ipairs(list) do
        local text = algorithms[t.algorithm](name, cbuf, t, row, now, rows)
        if text then
            messages[#messages + 1] = string.format("%s - algorithm: %s col: %d msg: %s", name, t.algorithm, t.col, text)
            notes[#notes + 1] = annotation.create(now, t.col, "A", text)
        end
    end
    if #messages > 0 then
        return table.concat(messages, "\n"), notes
    end
end

return M
