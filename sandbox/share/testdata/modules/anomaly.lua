require "circular_buffer"
require "string"
local anomaly = require "anomaly"

local function parses()
    assert(anomaly.parse_config(nil) == nil)
    for _, bad in ipairs {"", "bogus", 'roc("a", 1)', 'roc("a", 1, 15, 0, 1.5, true, maybe)', 'mww("a", 1, 2, 3, 0.1, up)',
        'mww_nonparametric("a", 1, 2, 3, 1.5)', 'roc("", 1, 15, 0, 1.5, true, false)', 'roc("a, 1, 15, 0, 1.5, true, false)',
        'roc("a", -1, 15, 0, 1.5, true, false)', 'roc("a", 1, 15, 0, 1.5, true, false) x', 'os("a", 1)', 'mww("a" 1, 2, 3, 0.1, any)'} do
        local ok, err = pcall(anomaly.parse_config, bad)
        assert(not ok and string.find(err, "could not parse the anomaly_config", 1, true), bad)
    end
    local c = anomaly.parse_config(' roc("say ""hi""", 2,15,  0, 1.5, true, false)mww("b", 1, 60, 10, 0.0001, any)\n' ..
        'mww_nonparametric("b", 3, 5, 10, 0.7) ')
    local t = c['say "hi"'][1]
    assert(t.algorithm == "roc" and t.col == 2 and t.win == 15 and t.hwin == 0 and t.sd == 1.5 and t.loss_of_data == true and t.start_of_data == false)
    assert(#c.b == 2 and c.b[1].trend == "any" and c.b[1].pvalue == 0.0001 and c.b[2].pstat == 0.7 and c.b[2].nwin == 10)
end

-- graph makes a buffer with a value from f for each second.
local function graph(rows, from, to, f)
    local cb = circular_buffer.new(rows, 1, 1)
    for s = from, to do cb:set(s * 1e9, 1, f(s)) end
    return cb
end

local function detects(config, seconds, cb, want)
    local message, notes = anomaly.detect(seconds * 1e9, "Output", cb, anomaly.parse_config(config))
    if not want then
        assert(message == nil and notes == nil, message)
        return
    end
    assert(message == want, tostring(message))
    assert(#notes == 1 and notes[1].x == cb:current_time() / 1e6 and notes[1].shortText == "A")
    assert(string.sub(want, -#notes[1].text) == notes[1].text)
end

local function roc()
    local stopped = graph(100, 100, 150, function() return 2 end)
    detects('roc("Output", 1, 15, 0, 1.5, true, false)', 171, stopped, "Output - algorithm: roc col: 1 msg: no new data")
    detects('roc("Output", 1, 15, 0, 1.5, false, true)', 171, stopped)
    local begun = graph(100, 170, 170, function() return 2 end)
    detects('roc("Output", 1, 15, 0, 1.5, false, true)', 171, begun, "Output - algorithm: roc col: 1 msg: unexpected data")
    local jump = graph(100, 100, 199, function(s)
        if s <= 150 then return s - 99 elseif s < 185 then return s % 4 + 9 end
        return 23
    end)
    detects('roc("Output", 1, 15, 0, 1.5, true, false)', 200, jump)
    detects('roc("Output", 1, 15, 15, 1.5, true, false)', 200, jump,
        "Output - algorithm: roc col: 1 msg: detected anomaly, standard deviation exceeds 1.5")
    for _, bad in ipairs {'roc("Output", 1, 15, 0, 1.5, true, false)', 'roc("Output", 1, 10, 5, 1.5, true, false)'} do
        assert(not pcall(detects, bad, 44, circular_buffer.new(45, 1, 1)))
    end
end

local function mww()
    local falling = graph(220, 300, 520, function(s) return 1300 - s end)
    local rising = graph(220, 300, 520, function(s) return 700 + s end)
    detects('mww("Output", 1, 20, 10, 0.0001, decreasing)', 521, falling, "Output - algorithm: mww col: 1 msg: detected anomaly, decreasing values")
    detects('mww("Output", 1, 20, 10, 0.0001, increasing)', 520, rising, "Output - algorithm: mww col: 1 msg: detected anomaly, increasing values")
    detects('mww("Output", 1, 20, 10, 0.0001, any)', 521, falling, "Output - algorithm: mww col: 1 msg: detected anomaly")
    detects('mww("Output", 1, 20, 10, 0.0001, increasing)', 521, falling)
    assert(not pcall(detects, 'mww("Output", 1, 20, 10, 0.0001, any)', 200, circular_buffer.new(200, 1, 1)))
    detects('mww_nonparametric("Output", 1, 20, 10, 0.6)', 520, rising, "Output - algorithm: mww_nonparametric col: 1 msg: detected anomaly, pstat: 0.944444")
    detects('mww_nonparametric("Output", 1, 20, 10, 0.4)', 520, rising)
    detects('mww_nonparametric("Output", 1, 20, 10, 0.1)', 520, graph(220, 300, 520, function(s) return 1300 - s end),
        "Output - algorithm: mww_nonparametric col: 1 msg: detected anomaly, pstat: 0.0555556")
    local empty = circular_buffer.new(220, 1, 1)
    detects('mww("Output", 1, 20, 10, 0.0001, decreasing)', 219, empty)
    detects('roc("Output", 1, 15, 0, 1.5, true, false)', 219, empty)
end

local function once_a_row()
    local cb = circular_buffer.new(100, 1, 10)
    local config = anomaly.parse_config('roc("Output", 1, 15, 0, 1.5, true, false)')
    for s = 1000, 1310, 10 do cb:set(s * 1e9, 1, 1) end
    assert(anomaly.detect(1470e9, "Output", cb, config))
    assert(not anomaly.detect(1475e9, "Output", cb, config))
    assert(cb:current_time() == 1470e9)
    assert(anomaly.detect(1480e9, "Another", cb, config) == nil and cb:current_time() == 1480e9)
    local two = anomaly.parse_config('roc("Output", 1, 15, 0, 1.5, true, false) roc("Output", 1, 16, 0, 1.5, true, false)')
    local message, notes = anomaly.detect(1480e9, "Output", cb, two)
    assert(#notes == 2 and message == "Output - algorithm: roc col: 1 msg: no new data\nOutput - algorithm: roc col: 1 msg: no new data", message)
end

function process_message()
    parses() roc() mww() once_a_row()
    return 0
end
