package pidfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLivingProcessIsRespected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pid")
	for _, tt := range []struct{ name, content, want string }{
		{"no file", "", ""},
		{"this process", fmt.Sprint(os.Getpid()), ""},
		{"a living process", fmt.Sprint(os.Getppid()), "runs; stop it"},
		{"a dead process", "2147480000", ""},
		{"nonsense", "hello", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			os.Remove(path)
			if tt.content != "" {
				os.WriteFile(path, []byte(tt.content+"\n"), 0o644)
			}
			remove, err := Write(path)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("Write = %v, want %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if b, _ := os.ReadFile(path); string(b) != fmt.Sprintln(os.Getpid()) {
				t.Errorf("file holds %q", b)
			}
			remove()
			if _, err := os.Stat(path); err == nil {
				t.Error("the file is still there")
			}
		})
	}
}
