package share_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestFirstFilter runs the page docs/sandbox/first-filter.md: the lines of the log
// through the decoder of its configuration, the messages through each filter, and a
// tick; what the filter injects must be what stands below it.
func TestFirstFilter(t *testing.T) {
	page, err := os.ReadFile("../../docs/sandbox/first-filter.md")
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]struct {
		Filename string
		Config   map[string]any
	}
	var messages []message.Draft
	var box *sandboxtest.Box
	ran, option := 0, map[string]any(nil)
	for _, m := range fence.FindAllStringSubmatch(string(page), -1) {
		switch lang, text := m[1], m[2]; lang {
		case "toml":
			if err := toml.Unmarshal([]byte(text), &config); err != nil {
				t.Fatal(err)
			}
			option = config["errors"].Config
		case "log":
			c := config["combined"]
			decoder := sandboxtest.Decoder(t, sandboxtest.Script(t, c.Filename), c.Config)
			for line := range strings.Lines(text) {
				messages = append(messages, decoder.Decode(strings.TrimSuffix(line, "\n"))...)
			}
		case "lua":
			box = sandboxtest.Filter(t, text, option)
			for _, d := range messages {
				box.Process(d)
			}
		case "text":
			box.Tick(time.Unix(1678233600, 0))
			if len(box.Injected) != 1 || box.Injected[0].Payload != text {
				t.Errorf("the page says\n%s\nthe filter %+v", text, box.Injected)
			}
			ran++
		}
	}
	if ran != 5 || len(messages) != 4 {
		t.Errorf("%d filters were run on %d messages", ran, len(messages))
	}
}

// TestLimitsPage keeps the figures of docs/sandbox/limits.md near the truth.
func TestLimitsPage(t *testing.T) {
	for _, tt := range []struct {
		name, record string
		about        int64
	}{
		{"nginx_access", `198.51.100.23 - - [07/Mar/2023:23:59:01 +0100] "GET /shop/item/123456?ref=front HTTP/1.1" 200 5120 "https://www.example.com/shop" "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/110.0"`, 300},
		{"rsyslog", "Mar  7 23:59:01 web1 sshd[4711]: Accepted publickey for ann from 192.0.2.7 port 51122 ssh2\n", 200},
		{"json", `{"time":"2023-03-07T23:59:01.25Z","level":6,"msg":"order stored","order":{"id":123456,"items":3,"total":12.5},"ok":true}`, 350},
	} {
		config := decoderConfig(tt.name)
		delete(config, "user_agent_transform")
		box := sandboxtest.Decoder(t, sandboxtest.Script(t, "lua_decoders/"+tt.name+".lua"), config)
		for range 3000 { // figures are told now and then
			box.Decode(tt.record)
		}
		var r plugin.Report
		box.Report(&r)
		i := slices.IndexFunc(r.Metrics, func(m plugin.Metric) bool { return m.Name == "Instructions" })
		if n := r.Metrics[i].Value.(int64); n < tt.about/2 || n > tt.about*2 {
			t.Errorf("%s takes %d instructions, the page says about %d", tt.name, n, tt.about)
		}
	}
}
