local alert = require "alert"
local hour = 3600e9

function process_message()
    local ns = 2 * hour
    assert(not alert.throttled(ns) and not alert.throttled(0))
    assert(alert.send(ns, nil) == false and alert.send(ns, "") == false and alert.queue(ns, "") == false)
    assert(alert.send_queue(ns) == false)
    assert(alert.queue(ns, "one") and alert.queue(ns, "two"))
    assert(alert.send_queue(ns) == true)
    assert(alert.send_queue(2 * ns) == false)
    assert(_LAST_ALERT == ns)
    assert(alert.throttled(ns + hour) and not alert.throttled(ns + hour + 1e9))
    assert(alert.throttled(ns - 1e9), "time runs backwards")
    assert(alert.queue(ns + 1e9, "x") == false and alert.send(ns + 1e9, "x") == false)
    alert.set_throttle(10)
    assert(alert.send(ns + 1e9, "three") == true)
    assert(alert.send(0, "four") == true, "time 0 is never throttled")
    return 0
end
