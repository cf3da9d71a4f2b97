-- Makes prices: what process_message injects goes to the router as it is. It returns
-- and is called again at the next tick.
require "math"

local fruits = {apple = 1.20, pear = 1.80, plum = 2.40}

function process_message()
    for i = 1, 10 do
        for name, price in pairs(fruits) do
            fruits[name] = math.max(0.1, price + (math.random() - 0.5) / 10)
            inject_message({
                Type = "price",
                Logger = "market",
                Fields = {
                    fruit = name,
                    price = {value = fruits[name], representation = "EUR"},
                },
            })
        end
    end
    return 0
end
