-- Appends a line to a file for each mean. What returns a negative number is kept as a
-- dead letter.
require "io"
require "os"

local file = assert(io.open(read_config("file"), "a"))

function process_message()
    local stamp = os.date("%Y-%m-%dT%H:%M:%SZ", read_message("Timestamp") / 1e9)
    while true do
        local typ, name, value = read_next_field()
        if not typ then break end
        if not file:write(stamp, ",", name, ",", value, "\n") then return -1, "cannot write" end
    end
    file:flush()
    return 0
end
