package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/sandbox/share"
)

// Every configuration that the source tree shows is sound: the examples, each toml
// block of the recipes and of the plugins' pages, and those of the stock scripts.
func TestEveryShownConfigurationIsSound(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	env := regexp.MustCompile(`%ENV\[(\w+)\]`)
	try := func(name, text string) {
		seen++
		for _, m := range env.FindAllStringSubmatch(text, -1) { // what the reader is to set
			t.Setenv(m[1], "x")
		}
		if _, err := config.Parse([]config.Source{{Name: name, Text: text}}, config.Options{}); err != nil {
			t.Error(err)
		}
	}
	for _, name := range find(t, root, "examples/*/*.toml", "plugins/*/*.toml") {
		text := read(t, name)
		if strings.HasSuffix(name, "_test.toml") {
			continue // TestExamplesPassTheirTests
		}
		if !strings.Contains(text, "TopFilter") { // the plugin that is built by hekad build
			try(name, text)
		}
	}
	block := regexp.MustCompile("(?ms)^```toml\n(.*?)^```")
	for _, name := range find(t, root, "README.md", "docs/*.md", "docs/recipes/*.md", "docs/sandbox/*.md", "plugins/*/README.md", "examples/*/README.md") {
		var whole strings.Builder
		for i, m := range block.FindAllStringSubmatch(read(t, name), -1) {
			// The steps of getting-started build on one another.
			if whole.WriteString(m[1]); strings.HasSuffix(name, "getting-started.md") {
				try(name, whole.String())
			} else {
				try(name+"#"+string(rune('1'+i)), m[1])
			}
		}
	}
	for _, folder := range []string{"lua_decoders", "lua_filters", "lua_encoders"} {
		for _, file := range share.Scripts(folder) {
			about, err := share.AboutScript(file)
			if err != nil {
				t.Error(err)
				continue
			}
			// The type of an output may come in a later hekad.
			_, err = config.Parse([]config.Source{{Name: file, Text: about.Example}}, config.Options{})
			if seen++; err != nil && !strings.Contains(err.Error(), "is not in this build") {
				t.Error(err)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d configurations were tried", seen)
	}
}

func find(t *testing.T, root string, globs ...string) (names []string) {
	t.Helper()
	for _, g := range globs {
		list, err := filepath.Glob(filepath.Join(root, g))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, list...)
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestExamplesPassTheirTests(t *testing.T) {
	t.Chdir(filepath.Join("..", "..")) // share_dir of an example is from the top of the tree
	var out, errs bytes.Buffer
	x := &terminal{out: &out, err: &errs}
	if err := x.test(&testOptions{minimum: 100}, []string{"examples"}); err != nil {
		t.Errorf("hekad test examples: %v\n%s%s", err, out.String(), errs.String())
	}
}
