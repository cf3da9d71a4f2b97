-- Reads lines such as "apple 1.25". A line of another form is not decoded, and the
-- reason stands in the log.
require "lpeg"

local word   = lpeg.C((lpeg.P(1) - lpeg.S" \t\n") ^ 1)
local number = (lpeg.R"09" ^ 1 * (lpeg.P"." * lpeg.R"09" ^ 0) ^ -1) / tonumber
local line   = word * lpeg.S" \t" ^ 1 * number * lpeg.S" \t\r\n" ^ 0 * -1

function process_message()
    local name, price = line:match(read_message("Payload"))
    if not name then return -1, "not a fruit and its price" end
    write_message("Type", "price")
    write_message("Payload", "")
    write_message("Fields[fruit]", name)
    write_message("Fields[price]", price, "EUR")
    return 0
end
