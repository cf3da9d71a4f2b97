package userdata

import (
	"os"
	"strings"
	"testing"

	"github.com/heka-project/heka/lua"
)

// TestReadme runs the examples of the page.
func TestReadme(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(page), "```lua\n")
	if len(parts) != 8 {
		t.Errorf("%d examples", len(parts)-1)
	}
	for _, part := range parts[1:] {
		src, _, _ := strings.Cut(part, "```")
		vm := newVM(t, lua.Options{Instructions: 1e6, Memory: 8 << 20})
		if err := vm.Do("@README", src); err != nil {
			t.Errorf("%v in\n%s", err, src)
		}
	}
}
