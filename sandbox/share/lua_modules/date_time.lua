--[[
# date_time
Grammars for dates and times, and their conversion to nanoseconds.

A grammar of a whole time makes a table: year, month, day, hour, min, sec (text),
sec_frac (a number below 1), offset_sign, offset_hour, offset_min (text), and from
a strftime format also period (AM or PM), time_t and yday. time_to_ns turns such a
table into nanoseconds since 1970, UTC. The parts are named groups: put them
together in a table capture of your own.

## Exports
- rfc3339: 2014-02-10T08:46:41.25-08:00
- rfc3164_timestamp: Feb 10 08:46:41, with the current year
- clf_timestamp: 10/Feb/2014:08:46:41 -0800
- mysql_timestamp: 20140210084641
- pgsql_timestamp: 2014-02-10 08:46:41
- rfc3339_full_date, rfc3339_partial_time, rfc3339_full_time, rfc3339_time_offset: parts of rfc3339
- date_fullyear, date_month, date_mday: digits
- date_mday_sp: day of the month filled up with a space
- date_mabbr, date_mfull, date_wabbr, date_wfull: names in English
- time_hour, time_minute, time_second, time_secfrac: digits; the fraction with its point
- timezone: a name of a zone; timezone_offset: +hhmm
- clf_text, rfc3164_text, rfc3339_text: the same formats without captures
- build_strftime_grammar(format): a grammar of the same text that strftime makes
- time_to_ns(table): nanoseconds; 0 for nil
- seconds_to_ns(seconds): nanoseconds of a number or its text
- memo(grammar, convert): the text that a grammar without captures matches turned into what convert(text) gives, remembered while the text stays the same

## Example
```lua
local dt = require "date_time"
local t = dt.rfc3339:match("2014-02-10T08:46:41-08:00")
local ns = dt.time_to_ns(t) -- 1392050801000000000
```
--]]

local l = require "lpeg"
local os = require "os"
local string = require "string"
l.locale(l)

local time, date = os.time, os.date
local P, S, R, C, Cg, Ct, Cc, digit = l.P, l.S, l.R, l.C, l.Cg, l.Ct, l.Cc, l.digit

local M = {}

-- Dates ---------------------------------------------------------------------

local two_digits = digit * digit
local month_digits = P"0" * R"19" + P"1" * R"02"
local mday_digits  = P"0" * R"19" + R"12" * digit + P"3" * R"01"
local mday_space   = P" " * R"19" + R"12" * digit + P"3" * R"01"

local month_abbr = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
local month_full = {"January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December"}
local wday_abbr = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
local wday_full = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

-- one_of makes a choice of words, each with its place in the list as the capture
-- when numbered.
local function one_of(words, numbered)
    local p = P(false)
    for i, w in ipairs(words) do
        p = p + (numbered and P(w) * Cc(string.format("%02d", i)) or P(w))
    end
    return p
end

M.date_fullyear = Cg(two_digits * two_digits, "year")
M.date_month    = Cg(month_digits, "month")
M.date_mday     = Cg(mday_digits, "day")
M.date_mday_sp  = Cg(mday_space, "day")
M.date_mabbr    = Cg(one_of(month_abbr, true), "month")
M.date_mfull    = Cg(one_of(month_full, true), "month")
M.date_wabbr    = one_of(wday_abbr)
M.date_wfull    = one_of(wday_full)

-- Times ---------------------------------------------------------------------

local hour_digits   = S"01" * digit + P"2" * R"03"
local minute_digits = R"05" * digit
local second_digits = R"05" * digit + P"60"

M.time_hour    = Cg(hour_digits, "hour")
M.time_minute  = Cg(minute_digits, "min")
M.time_second  = Cg(second_digits, "sec")
M.time_secfrac = Cg(P"." * digit^1 / tonumber, "sec_frac")

local function offset(sign, hours)
    return Cg(Cc(sign), "offset_sign") * Cg(Cc(hours), "offset_hour") * Cg(Cc"00", "offset_min")
end

local offset_sign, offset_hour, offset_min =
    Cg(S"+-", "offset_sign"), Cg(hour_digits, "offset_hour"), Cg(minute_digits, "offset_min")

M.timezone_offset = offset_sign * offset_hour * offset_min

-- A name that is not known is taken for UTC.
M.timezone = P"UTC"
    + (P"PST") * offset("-", "08") + P"PDT" * offset("-", "07")
    + P"MST" * offset("-", "07") + P"MDT" * offset("-", "06")
    + P"CST" * offset("-", "06") + P"CDT" * offset("-", "05")
    + P"EST" * offset("-", "05") + P"EDT" * offset("-", "04")
    + l.alpha * l.alpha^-4

-- Whole formats -------------------------------------------------------------

M.rfc3339_time_offset  = P"Z" + offset_sign * offset_hour * ":" * offset_min
M.rfc3339_partial_time = M.time_hour * ":" * M.time_minute * ":" * M.time_second * M.time_secfrac^-1
M.rfc3339_full_time    = M.rfc3339_partial_time * M.rfc3339_time_offset
M.rfc3339_full_date    = M.date_fullyear * "-" * M.date_month * "-" * M.date_mday
M.rfc3339              = Ct(M.rfc3339_full_date * "T" * M.rfc3339_full_time)

local whole_time = M.time_hour * ":" * M.time_minute * ":" * M.time_second

-- this_year asks the clock, and the calendar only when the year has ended.
local year, year_began, year_ends = nil, 0, 0
local function this_year()
    local now = time()
    if now >= year_ends or now < year_began then
        year = date("%Y", now)
        year_began = time{year = year, month = 1, day = 1, hour = 0}
        year_ends = time{year = year + 1, month = 1, day = 1, hour = 0}
    end
    return year
end

M.rfc3164_timestamp = Ct(M.date_mabbr * " " * (M.date_mday_sp + M.date_mday) * " " * whole_time
    * Cg(P(true) / this_year, "year"))

M.clf_timestamp = Ct(M.date_mday * "/" * M.date_mabbr * "/" * M.date_fullyear * ":" * whole_time
    * " " * M.timezone_offset)

M.mysql_timestamp = Ct(M.date_fullyear * M.date_month * M.date_mday * M.time_hour * M.time_minute * M.time_second)

M.pgsql_timestamp = Ct(M.rfc3339_full_date * " " * M.rfc3339_partial_time)

-- The texts of those that logs have most, for memo: the same without captures.
local time_text = hour_digits * ":" * minute_digits * ":" * second_digits
M.clf_text = mday_digits * "/" * one_of(month_abbr) * "/" * digit * digit * digit * digit * ":" * time_text
    * " " * S"+-" * hour_digits * minute_digits
M.rfc3164_text = one_of(month_abbr) * " " * (mday_space + mday_digits) * " " * time_text
M.rfc3339_text = digit * digit * digit * digit * "-" * month_digits * "-" * mday_digits * "T" * time_text * (P"." * digit^1)^-1
    * (P"Z" + S"+-" * hour_digits * ":" * minute_digits)

-- Conversion ----------------------------------------------------------------

function M.seconds_to_ns(seconds)
    return seconds * 1e9
end

-- hour24 gives the hour of a clock of twelve hours.
local function hour24(hour, period)
    hour = hour % 12
    if period == "PM" then return hour + 12 end
    return hour
end

function M.time_to_ns(t)
    if not t then return 0 end
    local seconds = t.time_t
    if not seconds then
        if t.period and t.hour or not t.year or not t.month or not t.day then
            local now = date("*t")
            local u = {}
            for k, v in pairs(t) do u[k] = v end
            if t.period and t.hour then u.hour = hour24(t.hour, t.period) end
            if t.yday and not t.month then
                u.month, u.day = 1, t.yday
            end
            u.year, u.month, u.day = u.year or now.year, u.month or now.month, u.day or now.day
            t = u
        end
        seconds = time(t)
        if not seconds then return 0 end
        if t.offset_hour then
            local off = t.offset_hour * 3600 + (t.offset_min or 0) * 60
            if t.offset_sign == "+" then off = -off end
            seconds = seconds + off
        end
    end
    return (seconds + (t.sec_frac or 0)) * 1e9
end

-- memo is for times in logs: line after line shows the same second, so one
-- comparison takes the place of the conversion.
function M.memo(grammar, convert)
    local last, value
    return grammar / function(text)
        if text ~= last then
            value = convert(text)
            last = text
        end
        return value
    end
end

-- strftime ------------------------------------------------------------------

local function century() return string.sub(date("%Y"), 1, 2) end

local hour12       = P"0" * R"19" + P"1" * R"02"
local hour12_space = P" " * R"19" + P"1" * R"02"

local specifiers = {
    a = M.date_wabbr,
    A = M.date_wfull,
    b = M.date_mabbr,
    B = M.date_mfull,
    C = two_digits,
    d = M.date_mday,
    e = M.date_mday_sp,
    g = two_digits,
    G = two_digits * two_digits,
    H = M.time_hour,
    I = Cg(hour12, "hour"),
    j = Cg(R"03" * digit * digit, "yday"),
    k = Cg(P" " * digit + P"1" * digit + P"2" * R"03", "hour"),
    l = Cg(hour12_space, "hour"),
    m = M.date_month,
    M = M.time_minute,
    n = P"\n",
    p = Cg(P"AM" + P"PM", "period"),
    s = Cg(P"-"^-1 * digit^1 / tonumber, "time_t"),
    S = M.time_second,
    t = P"\t",
    u = R"17",
    U = R"05" * digit,
    V = R"05" * digit,
    w = R"06",
    W = R"05" * digit,
    y = Cg(two_digits / function(yy) return century() .. yy end, "year"),
    Y = M.date_fullyear,
    z = M.timezone_offset,
    Z = M.timezone,
    ["%"] = P"%",
}
specifiers.h = specifiers.b
specifiers.D = specifiers.m * "/" * specifiers.d * "/" * specifiers.y
specifiers.F = M.rfc3339_full_date
specifiers.R = specifiers.H * ":" * specifiers.M
specifiers.T = whole_time
specifiers.r = specifiers.I * ":" * specifiers.M * ":" * specifiers.S * " " * specifiers.p
specifiers.c = specifiers.a * " " * specifiers.b * " " * specifiers.e * " " * whole_time * " " * specifiers.Y
specifiers.x = specifiers.D
specifiers.X = specifiers.T

local function specifier(name)
    local p = specifiers[name]
    if not p then error("invalid strftime format specifier: %" .. name) end
    return p
end

local function sequence(...)
    local p = P(true)
    for _, v in ipairs{...} do p = p * v end
    return p
end

local format_grammar = ((P"%" * C(l.alpha + "%") / specifier + C((P(1) - "%")^1 + "%") / P)^0) / sequence * -1

function M.build_strftime_grammar(format)
    local p = format_grammar:match(format)
    if not p then error("could not parse the strftime format: " .. tostring(format)) end
    return Ct(p)
end

return M
