--[[
# sfl4j
The module sfl4j, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that sfl4j exports

## Example
```lua
local sfl4j = require "lpeg.sfl4j"
```
--]]

return require "sfl4j"
