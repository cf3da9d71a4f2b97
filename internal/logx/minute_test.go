package logx

import (
	"testing"
	"time"
)

func TestMinuteSpeaksOnce(t *testing.T) {
	var m Minute
	start := time.Unix(1e9, 0)
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {time.Second, 0}, {59 * time.Second, 0}, {time.Minute, 3}, {time.Minute, 0}, {5 * time.Minute, 2}} {
		if got := m.Speak(start.Add(tt.after)); got != tt.want {
			t.Errorf("Speak after %v = %d, want %d", tt.after, got, tt.want)
		}
	}
}
