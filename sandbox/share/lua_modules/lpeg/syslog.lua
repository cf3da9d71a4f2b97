--[[
# syslog
The module syslog, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that syslog exports

## Example
```lua
local syslog = require "lpeg.syslog"
```
--]]

return require "syslog"
