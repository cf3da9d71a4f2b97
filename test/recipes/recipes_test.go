// Package recipes plays the recipes that show records and what becomes of them.
package recipes

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/decodetest"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	_ "github.com/heka-project/heka/plugins/all"
)

var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```")

// made is what a page's configuration has.
type made struct {
	plan   *config.Plan
	env    plugin.Env
	first  plugin.Decoder // of the first input
	logger string         // and its name
	enc    plugin.Encoder
}

func (m *made) section(t *testing.T, name string) *config.Section {
	t.Helper()
	for _, s := range m.plan.Sections {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no section [%s]", name)
	return nil
}

func (m *made) instance(t *testing.T, name string) any {
	t.Helper()
	s := m.section(t, name)
	env := m.env
	env.Name = name
	p, err := s.Info.New(s.Config, env)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func build(t *testing.T, toml string) *made {
	t.Helper()
	plan, err := config.Parse([]config.Source{{Name: "page.toml", Text: toml}}, config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := &made{plan: plan}
	m.env = plugin.Env{Clock: clock.NewSim(time.Date(2026, 11, 25, 13, 0, 0, 0, time.UTC)), MaxMessageSize: 64 << 10}
	m.env.Decoders = func(name string) (plugin.Decoder, error) { return m.instance(t, name).(plugin.Decoder), nil }
	for _, s := range plan.Sections {
		if s.Info.Kind == plugin.KindInput && m.first == nil {
			m.first, m.logger = m.instance(t, s.Input.Decoder).(plugin.Decoder), s.Name
		}
		if s.Info.Kind == plugin.KindOutput && m.enc == nil {
			m.enc = m.instance(t, s.Route.Encoder).(plugin.Encoder)
		}
	}
	return m
}

func TestRecipes(t *testing.T) {
	for page, whole := range map[string]bool{"app-logs-redacted": false, "slow-queries": true} {
		t.Run(page, func(t *testing.T) {
			text, err := os.ReadFile("../../docs/recipes/" + page + ".md")
			if err != nil {
				t.Fatal(err)
			}
			blocks := map[string]string{}
			for _, b := range fence.FindAllStringSubmatch(string(text), -1) {
				blocks[b[1]] = b[2]
			}
			records := strings.SplitAfter(blocks["log"], "\n")
			if whole {
				records = []string{blocks["log"]}
			}
			m := build(t, blocks["toml"])
			got := ""
			for _, r := range records {
				if r == "" {
					continue
				}
				list, err := decodetest.All(t, m.first, r)
				if err != nil {
					t.Fatalf("%s: %v", r, err)
				}
				for _, d := range list {
					d.Logger = m.logger
					var v message.View
					v.Parse(d.Encode(), nil)
					out, err := m.enc.Encode(nil, &v)
					if err != nil {
						t.Fatal(err)
					}
					got += string(out)
				}
			}
			if _, err := decodetest.All(t, m.first, "{not of this form, password=hunter2"); err == nil {
				t.Error("a record that cannot be read passes")
			}
			if want := blocks["json"] + blocks["csv"]; got != want || want == "" {
				t.Errorf("the page says\n%s\nand hekad\n%s", want, got)
			}
		})
	}
}
