--[[
# clf
The short name of common_log_format.

## Exports
- everything that common_log_format exports

## Example
```lua
local clf = require "clf"
```
--]]

return require "common_log_format"
