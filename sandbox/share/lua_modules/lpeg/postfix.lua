--[[
# postfix
The module postfix, by the name it has in later versions of the Lua sandbox.

## Exports
- everything that postfix exports

## Example
```lua
local postfix = require "lpeg.postfix"
```
--]]

return require "postfix"
