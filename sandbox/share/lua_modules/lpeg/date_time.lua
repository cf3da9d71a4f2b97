--[[
# date_time
The module date_time, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that date_time exports

## Example
```lua
local date_time = require "lpeg.date_time"
```
--]]

return require "date_time"
