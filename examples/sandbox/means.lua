-- Keeps a circular buffer for each fruit: one row a second with the sum of the prices
-- and their number. All globals are kept over a restart; a change of what they mean is
-- told by another _PRESERVATION_VERSION.
require "circular_buffer"

_PRESERVATION_VERSION = 1

local window = read_config("window") or 60

buffers = {}

function process_message()
    local name, price = read_message("Fields[fruit]"), read_message("Fields[price]")
    if type(name) ~= "string" or type(price) ~= "number" then
        return -1, "a price without a fruit or a number"
    end
    local b = buffers[name]
    if not b then
        b = circular_buffer.new(window, 2, 1)
        b:set_header(1, "sum", "EUR")
        b:set_header(2, "count")
        buffers[name] = b
    end
    local ns = read_message("Timestamp")
    b:add(ns, 1, price)
    b:add(ns, 2, 1)
    return 0
end

-- One message holds all means: a timer event may inject max_timer_inject of them.
function timer_event(ns)
    local fields = {}
    for name, b in pairs(buffers) do
        local count = b:compute("sum", 2)
        if count > 0 then fields[name] = b:compute("sum", 1) / count end
    end
    if next(fields) then inject_message({Type = "mean", Timestamp = ns, Fields = fields}) end
end
