package config

import (
	"os"
	"path/filepath"
	"testing"
)

// TestGlobalsOfAWrongConfiguration: a tool that asks the running daemon finds it,
// whatever has happened to the file since, unless the mistake is where it answers.
func TestGlobalsOfAWrongConfiguration(t *testing.T) {
	for _, tt := range []struct {
		name, text, socket, err string
	}{
		{"sound", "[hekad]\nbase_dir = 'b'\n[TcpInput]\naddress = '127.0.0.1:5'", "b/admin.sock", ""},
		{"no [hekad]", "[TcpInput]\naddress = '127.0.0.1:5'", "/var/cache/hekad/admin.sock", ""},
		{"mistakes elsewhere", "[hekad]\nadmin_socket = 's'\n[TcpInput]\nadress = 5\n[Nope]\nx = ", "s", ""},
		{"mistakes in options that do not matter", "[hekad]\nbase_dir = 'b'\nmaxprocs = 'x'\nnope = 1", "b/admin.sock", ""},
		{"a token that is set for the daemon only", "[hekad]\nbase_dir = 'b'\nadmin_token = '%ENV[NOT_SET]'", "b/admin.sock", ""},
		{"the same, and it is needed", "[hekad]\nadmin_socket = 'off'\nadmin_token = '%ENV[NOT_SET]'", "",
			`hekad.toml:3:16: [hekad] environment variable "NOT_SET" is not set; set it, or write %ENV[NOT_SET:-default]`},
		{"base_dir is no text", "[hekad]\nbase_dir = 5", "", `hekad.toml:2:12: [hekad] base_dir = 5 is not a string; write base_dir = "5"`},
		{"[hekad] is torn", "[hekad]\nbase_dir = 'b", "", "hekad.toml:2:12: [hekad] the string has no end; close it with '"},
		{"its header is torn", "[hekad\nbase_dir = 'b'", "", "hekad.toml:1:7: the section's name has no end; close it with ]; dots and other special characters need quotes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("hekad.toml", []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			g, err := LoadGlobals("hekad.toml", Options{Env: testEnv})
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Errorf("got error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := filepath.ToSlash(g.Socket()); got != tt.socket {
				t.Errorf("Socket() = %q, want %q", got, tt.socket)
			}
		})
	}
}
