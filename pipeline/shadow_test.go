package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func TestShadowDeliversNothing(t *testing.T) {
	x := newLoading(t, newPlan(t), true)
	name := t.Name()
	ctx := context.Background()
	if err := x.l.Load(ctx, &plugin.Loadable{Name: name, Config: filterText("")}); err != nil {
		t.Fatal(err)
	}
	var res *ShadowResult
	n := uint64(0)
	for d := 50 * time.Millisecond; n == 0 && d < time.Minute; d *= 2 { // on a busy machine messages take a while to come by
		var err error
		res, err = x.Shadow(ctx, "", &plugin.Loadable{Config: strings.Replace(filterText("echo = true"), "[x]", "["+name+"]", 1)}, d)
		if err != nil {
			t.Fatal(err)
		}
		n = res.Filter.Injected
	}
	if n == 0 || len(res.Types) != 1 || res.Types[0] != (TypeCount{"echo", n}) || len(res.Sample) == 0 {
		t.Fatalf("Shadow = %+v", res)
	}
	var v message.View
	if !v.Parse(res.Sample[0], nil) || v.Type() != "echo" || v.Payload() == "" {
		t.Errorf("sample %x", res.Sample[0])
	}
	if res.Beside == nil || res.Beside.Processed == 0 || res.Beside.Injected != 0 {
		t.Errorf("beside it %+v", res.Beside)
	}
	if x.echo.Load() != 0 {
		t.Errorf("%d messages of the shadow were delivered", x.echo.Load())
	}
	if l := x.Loaded(); len(l) != 1 || l[0].Name != name {
		t.Errorf("left behind: %+v", l)
	}
	res, err := x.Shadow(ctx, "", &plugin.Loadable{Config: filterText("panic = true\n[x.retries]\nmax_retries = 0")}, time.Minute)
	if err != nil || !strings.Contains(res.Filter.Reason, "panicked") {
		t.Errorf("a shadow that ends: %+v, %v", res, err)
	}
	select {
	case text := <-x.told:
		t.Errorf("the end of a shadow is told to all: %s", text)
	default:
	}
	if _, err := x.Shadow(ctx, "", &plugin.Loadable{Config: filterText("fail = \"bad script\"")}, time.Minute); err == nil || !strings.Contains(err.Error(), "bad script") {
		t.Errorf("a shadow that does not start: %v", err)
	}
}

// managerFilter is a manager that keeps what it was asked.
type managerFilter struct {
	ownerFilter
	asked []plugin.Order
}

func (m *managerFilter) Restore() error  { return nil }
func (m *managerFilter) Imposed() string { return "can_exit = true\n" }
func (m *managerFilter) Manage(o *plugin.Order, out plugin.Emitter) error {
	m.asked = append(m.asked, *o)
	if o.Name == "bad" {
		return errors.New("no")
	}
	out.Begin().Type = "heka.sandbox-terminated"
	return out.Inject()
}

func init() {
	plugin.RegisterFilter("ManagerFilter", plugin.About{}, func(_ none, env plugin.Env) (plugin.Filter, error) {
		return &managerFilter{ownerFilter: ownerFilter{env}}, nil
	})
}

func TestManage(t *testing.T) {
	p := newPlan(t)
	for _, name := range []string{"m1", "m2"} {
		o := p.filter(name, "FALSE", 0, filterConfig{})
		o.Info, o.Config = info(t, "ManagerFilter"), new(none)
	}
	x := newLoading(t, p, false)
	ctx := context.Background()
	if name, err := x.Manage(ctx, "m2", &plugin.Order{Action: "load"}); name != "m2" || err != nil {
		t.Errorf("Manage = %q, %v", name, err)
	}
	<-x.told // what it injects goes out
	for _, tt := range []struct{ manager, name, want string }{
		{"m1", "bad", "no"}, {"", "", "m1, m2"}, {"m3", "", "m1, m2"}, {"boss", "", "m1, m2"},
	} {
		if _, err := x.Manage(ctx, tt.manager, &plugin.Order{Name: tt.name}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Manage(%q) = %v, want %q", tt.manager, err, tt.want)
		}
	}
	if name, text, err := x.Imposed(ctx, "m1"); name != "m1" || text == "" || err != nil {
		t.Errorf("Imposed = %q, %q, %v", name, text, err)
	}
}
