--[[
# mysql
Grammars for the entries of the slow query logs of MySQL and MariaDB.

A grammar makes the table of a message: Timestamp (nanoseconds, as text, from SET
timestamp), Hostname (the address in brackets), Payload (the SQL) and Fields:
Query_time and Lock_time (value and representation s), Rows_sent, Rows_examined;
of MariaDB also Thread_id, Schema, QC_hit, and where the log is verbose Full_scan,
Full_join, Tmp_table, Tmp_table_on_disk, Filesort, Filesort_on_disk, Merge_passes.

## Exports
- slow_query_grammar: an entry of MySQL
- mariadb_slow_query_grammar: an entry of MariaDB
- decoder(type, grammar, short): the process_message of mysql_slow_query and mariadb_slow_query, with their config
- short_slow_query_grammar, mariadb_short_slow_query_grammar: the same without the user's line

## Example
```lua
local mysql = require "mysql"
local msg = mysql.slow_query_grammar:match(entry)
if msg then inject_message(msg) end
```
--]]

local l = require "lpeg"
local string = require "string"
l.locale(l)

local P, S, C, Cg, Ct, Cc, digit, space = l.P, l.S, l.C, l.Cg, l.Ct, l.Cc, l.digit, l.space

local M = {}

local integer = digit^1 / tonumber
local float   = digit^1 * (P"." * digit^1)^-1 / tonumber
local seconds = Ct(Cg(float, "value") * Cg(Cc"s", "representation"))
local line    = (P(1) - P"\n")^0 * P"\n"
local gap     = S" \t"^1

-- pair reads one "Name: value" of a comment line.
local function pair(name, value)
    return P(name) * ":" * S" \t"^0 * Cg(value, name)
end

-- pairs_line reads a comment line of several.
local function pairs_line(...)
    local p = P"#"
    for _, v in ipairs{...} do p = p * gap * v end
    return p * S" \t\r"^0 * "\n"
end

-- Header ----------------------------------------------------------------------

local time_line = P"# Time: " * line

local user_line = P"# User@Host:" * (P(1) - S"@\n")^1 * "@" * (P(1) - S"[\n")^0
    * "[" * Cg((P(1) - S"]\n")^1, "Hostname")^-1 * "]" * line

local query_line = pairs_line(pair("Query_time", seconds), pair("Lock_time", seconds),
    pair("Rows_sent", integer), pair("Rows_examined", integer))

local yes_no = C(P"Yes" + "No")

local thread_line = pairs_line(pair("Thread_id", integer), pair("Schema", C((P(1) - space)^0)), pair("QC_hit", yes_no))
local scan_line = pairs_line(pair("Full_scan", yes_no), pair("Full_join", yes_no),
    pair("Tmp_table", yes_no), pair("Tmp_table_on_disk", yes_no))
local sort_line = pairs_line(pair("Filesort", yes_no), pair("Filesort_on_disk", yes_no), pair("Merge_passes", integer))

local mysql_fields   = query_line
local mariadb_fields = thread_line * query_line * scan_line^-1 * sort_line^-1

-- Body ------------------------------------------------------------------------

local use_line = P"use " * line

local timestamp = C(digit^1) / function(s) return s .. "000000000" end
local set_line = P"SET " * (P"last_insert_id=" * digit^1 * ",")^-1 * (P"insert_id=" * digit^1 * ",")^-1
    * "timestamp=" * Cg(timestamp, "Timestamp") * ";" * S"\r"^-1 * "\n"

local admin_line = P"# administrator command: " * line

-- The statement ends with the first semicolon at the end of a line.
local sql_end = P";" * S" \t\r"^0 * (P"\n" + -P(1))
local sql = Cg((P(1) - sql_end)^0 * sql_end, "Payload")

local body = use_line^-1 * set_line * admin_line^-1 * sql

local function entry(header, fields)
    return Ct(time_line^-1 * header * Cg(Ct(fields), "Fields") * body)
end

M.slow_query_grammar               = entry(user_line, mysql_fields)
M.short_slow_query_grammar         = entry(P(true), mysql_fields)
M.mariadb_slow_query_grammar       = entry(user_line, mariadb_fields)
M.mariadb_short_slow_query_grammar = entry(P(true), mariadb_fields)

-- Decoders --------------------------------------------------------------------

function M.decoder(type, grammar, short)
    local truncate_sql = read_config("truncate_sql")

    return function()
        local entry = read_message("Payload")
        local msg = grammar:match(entry) or short:match(entry)
        if not msg then return -1 end

        msg.Type = type
        if truncate_sql and #msg.Payload > truncate_sql then
            msg.Payload = string.sub(msg.Payload, 1, truncate_sql) .. "..."
        end
        inject_message(msg)
        return 0
    end
end

return M
