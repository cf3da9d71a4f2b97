package null

import (
	"context"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func TestCounts(t *testing.T) {
	info, ok := plugin.Lookup("NullOutput")
	if !ok || info.Kind != plugin.KindOutput {
		t.Fatal("NullOutput is not registered")
	}
	made, err := info.New(info.NewConfig(), plugin.Env{})
	if err != nil {
		t.Fatal(err)
	}
	o := made.(*Output)
	sel := plugintest.Select(func(i int) bool { return i != 1 }, plugintest.Payloads("a", "b", "c")...)
	if err := o.Deliver(context.Background(), []message.Selection{*sel, *sel}); err != nil {
		t.Fatal(err)
	}
	var r plugin.Report
	o.Report(&r)
	if r.Metrics[0].Value != int64(4) || r.Metrics[1].Value != int64(2*sel.Size()) {
		t.Errorf("report %+v, want 4 messages of %d bytes", r.Metrics, 2*sel.Size())
	}
}
