--[[
# ip_address
The module ip_address, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that ip_address exports

## Example
```lua
local ip_address = require "lpeg.ip_address"
```
--]]

return require "ip_address"
