-- A filter's work for one message: three reads, a match, a format, a search and
-- four table updates.
local message = {Type = "nginx.access", Payload = "GET /index.html HTTP/1.1 status=404 time=0.123", Hostname = "web-17"}
local function read_message(name) return message[name] end
local match, format, upper, find = string.match, string.format, string.upper, string.find
local count, by_host, by_status, last = 0, {}, {}, {}

function run()
    local typ, payload, host = read_message("Type"), read_message("Payload"), read_message("Hostname")
    local status = match(payload, "status=(%d+)")
    local key = format("%s-%s", host, status)
    if find(upper(typ), "NGINX", 1, true) then
        count = count + 1
        by_host[host] = (by_host[host] or 0) + 1
        by_status[status] = (by_status[status] or 0) + 1
        last[key] = count
    end
    return 0
end
