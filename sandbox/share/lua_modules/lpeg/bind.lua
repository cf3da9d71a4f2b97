--[[
# bind
The module bind, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that bind exports

## Example
```lua
local bind = require "lpeg.bind"
```
--]]

return require "bind"
