--[[
# common_log_format
The module common_log_format, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that common_log_format exports

## Example
```lua
local common_log_format = require "lpeg.common_log_format"
```
--]]

return require "common_log_format"
