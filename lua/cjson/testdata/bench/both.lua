local cjson = require "cjson"
local text = '{"Uuid":"2a1a4f0c-5b0c-4d0e-9a3b-0d2f5e6a7b8c","Timestamp":1389369896000000000,"Type":"nginx.access","Logger":"FxaAuthWebserver",'
    .. '"Severity":6,"Pid":4711,"Hostname":"web1.example.com","Fields":{"remote_addr":"62.195.113.219","request":"GET /v1/recovery_email/status HTTP/1.1",'
    .. '"status":200,"body_bytes_sent":82,"request_time":0.0035,"http_user_agent":"Mozilla/5.0 (Mobile; rv:29.0) Gecko/29.0 Firefox/29.0","tags":["a","b","c"],"ok":true}}'
function run()
    assert(#cjson.encode(cjson.decode(text)) > 400)
end
