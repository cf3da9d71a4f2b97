package pipeline

import (
	"testing"

	"github.com/heka-project/heka/plugin"
)

// A figure that the engine and the plugin both count is told once, added up.
func TestFiguresAreToldOnce(t *testing.T) {
	var p plugin.Report
	p.Int("ProcessMessageCount", 4, "count")
	p.Int("ProcessMessageFailures", 1, "count")
	p.Text("SynchronousDecode", "true")
	p.Int("ProcessMessageFailures", 2, "count")
	list := once(p.Metrics)
	if len(list) != 3 || list[1].Name != "ProcessMessageFailures" || list[1].Value != int64(3) || list[2].Value != "true" {
		t.Errorf("figures %+v", list)
	}
}
