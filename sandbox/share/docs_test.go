package share_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/heka-project/heka/match"
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

// A recipe is a page that shows a whole pipeline: its configuration (toml), its own
// scripts (lua, with their file in the first line), lines that are read (log), the
// messages they become (json) and what filters inject at a tick (text).
type recipe struct {
	sections map[string]section
	files    map[string]string
	decoder  *sandboxtest.Box
	filters  map[string]*sandboxtest.Box
}

type section struct {
	Type           string
	Filename       string
	MessageMatcher string `toml:"message_matcher"`
	Config         map[string]any
}

func (r *recipe) script(t *testing.T, name string) string {
	if text, ok := r.files[name]; ok {
		return text
	}
	return sandboxtest.Script(t, name)
}

// start makes the sandboxes of the configuration.
func (r *recipe) start(t *testing.T) {
	r.filters = map[string]*sandboxtest.Box{}
	for name, s := range r.sections {
		switch s.Type {
		case "SandboxDecoder":
			r.decoder = sandboxtest.Decoder(t, r.script(t, s.Filename), s.Config)
		case "SandboxFilter":
			r.filters[name] = sandboxtest.Filter(t, r.script(t, s.Filename), s.Config)
		}
	}
}

// offer gives a message to the filters whose matchers select it.
func (r *recipe) offer(t *testing.T, d message.Draft) {
	var v message.View
	v.Parse(d.Encode(), nil)
	for name, box := range r.filters {
		m, err := match.Compile(r.sections[name].MessageMatcher)
		if err != nil {
			t.Fatal(err)
		}
		if m.Match(&v) {
			box.Process(d)
		}
	}
}

// TestRecipes runs the recipes with plugins in Lua.
func TestRecipes(t *testing.T) {
	pages, _ := filepath.Glob("../../docs/recipes/*.md")
	ran := 0
	for _, name := range pages {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "```lua") {
			continue
		}
		ran++
		t.Run(strings.TrimSuffix(filepath.Base(name), ".md"), func(t *testing.T) { runRecipe(t, string(page)) })
	}
	if ran < 3 {
		t.Errorf("%d recipes were run", ran)
	}
}

func runRecipe(t *testing.T, page string) {
	r := &recipe{sections: map[string]section{}, files: map[string]string{}}
	var decoded []string
	shown := 0
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		switch lang, text := m[1], m[2]; lang {
		case "toml":
			if err := toml.Unmarshal([]byte(text), &r.sections); err != nil {
				t.Fatal(err)
			}
		case "lua":
			first, _, _ := strings.Cut(text, "\n")
			r.files[strings.TrimPrefix(first, "-- ")] = text
		case "log":
			r.start(t)
			for line := range strings.Lines(text) {
				for _, d := range r.decoder.Decode(strings.TrimSuffix(line, "\n")) {
					decoded = append(decoded, draftJSON(t, d))
					r.offer(t, d)
				}
			}
		case "json":
			shown++
			if got := strings.Join(decoded, "\n") + "\n"; got != text {
				t.Errorf("the page says\n%s\nthe decoder\n%s", text, got)
			}
		case "text":
			shown++
			got := ""
			for _, box := range r.filters {
				box.Tick(time.Unix(1678233600, 0))
				for _, d := range box.Injected {
					got += d.Payload
				}
			}
			if strings.TrimSuffix(got, "\n") != strings.TrimSuffix(text, "\n") {
				t.Errorf("the page says\n%s\nthe filter\n%s", text, got)
			}
		}
	}
	if shown == 0 {
		t.Error("the page shows no results")
	}
}

// TestLimitsPage keeps the figures of docs/sandbox/limits.md near the truth.
func TestLimitsPage(t *testing.T) {
	for _, tt := range []struct {
		name, record string
		about        int64
	}{
		{"nginx_access", `198.51.100.23 - - [07/Mar/2023:23:59:01 +0100] "GET /shop/item/123456?ref=front HTTP/1.1" 200 5120 "https://www.example.com/shop" "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/110.0"`, 100},
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
