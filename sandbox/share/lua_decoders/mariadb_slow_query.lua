--[[
# mariadb_slow_query
Decodes the slow query log of MariaDB, an entry of several lines at a time.

## Config
- truncate_sql (int, default nil): cut the SQL to so many bytes, and show by ... that it was cut.

## Example
```toml
[Sync-SlowQuery]
type = "LogstreamerInput"
log_directory = "/var/log/mysql"
file_match = 'mariadb-slow\.log'
splitter = "mariadb_splitter"
decoder = "MariaDBSlowQueryDecoder"

[mariadb_splitter]
type = "RegexSplitter"
delimiter = '\n(# User@Host:)'
delimiter_eol = false

[MariaDBSlowQueryDecoder]
type = "SandboxDecoder"
filename = "lua_decoders/mariadb_slow_query.lua"

[MariaDBSlowQueryDecoder.config]
truncate_sql = 64
```

## Emits
One message an entry: Type mariadb.slow-query, Timestamp, Hostname, Payload (the SQL),
and the fields Query_time and Lock_time (s), Rows_sent,
Rows_examined, Thread_id, Schema, QC_hit; where the log is verbose also Full_scan,
Full_join, Tmp_table, Tmp_table_on_disk, Filesort, Filesort_on_disk, Merge_passes.
--]]

local mysql = require "mysql"

process_message = mysql.decoder("mariadb.slow-query", mysql.mariadb_slow_query_grammar, mysql.mariadb_short_slow_query_grammar)
