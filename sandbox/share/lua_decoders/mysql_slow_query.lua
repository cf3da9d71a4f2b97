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

process_message = mysql.decoder("mysql.slow-query", mysql.slow_query_grammar, mysql.short_slow_query_grammar)
