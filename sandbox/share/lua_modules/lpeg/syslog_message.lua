--[[
# syslog_message
The module syslog_message, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that syslog_message exports

## Example
```lua
local syslog_message = require "lpeg.syslog_message"
```
--]]

return require "syslog_message"
