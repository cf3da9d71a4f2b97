--[[
# mysql_slow_query
Decodes the slow query log of MySQL, an entry of several lines at a time.

## Config
- truncate_sql (int, default nil): cut the SQL to so many bytes, and show by ... that it was cut.

## Example
```toml
[Sync-SlowQuery]
type = "LogstreamerInput"
log_directory = "/var/log/mysql"
file_match = 'mysql-slow\.log'
splitter = "mysql_splitter"
decoder = "MySQLSlowQueryDecoder"

[mysql_splitter]
type = "RegexSplitter"
delimiter = '\n(# User@Host:)'
delimiter_eol = false

[MySQLSlowQueryDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/mysql_slow_query.lua"

[MySQLSlowQueryDecoder.config]
truncate_sql = 64
```

## Emits
One message an entry: Type mysql.slow-query, Timestamp, Hostname, Payload (the SQL),
and the fields Query_time and Lock_time (s), Rows_sent and Rows_examined.
--]]

local mysql = require "mysql"
local string = require "string"

local grammar, short = mysql.slow_query_grammar, mysql.short_slow_query_grammar
local truncate_sql   = read_config("truncate_sql")

function process_message()
    local entry = read_message("Payload")
    local msg = grammar:match(entry) or short:match(entry)
    if not msg then return -1 end

    msg.Type = "mysql.slow-query"
    if truncate_sql and #msg.Payload > truncate_sql then
        msg.Payload = string.sub(msg.Payload, 1, truncate_sql) .. "..."
    end
    inject_message(msg)
    return 0
end
