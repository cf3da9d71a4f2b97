package share_test

import (
	"errors"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// FuzzPayloads gives the filters and encoders that read payloads any text: they
// count it as a failure or take it, and only a limit stops them.
func FuzzPayloads(f *testing.F) {
	columns := head(0, 3, 60, "A:count:sum", "B:ms:max")
	f.Add(columns + "60\t5\t30\n0\t1\tnan\n")
	f.Add(columns + "1\t2\n3\tnan\n-inf\t1e300\n")
	f.Add(`{"annotations":[]}` + "\n" + columns + "1\t2\n3\t4\n5\t6\n")
	for _, info := range []string{`1`, `null`, `[]`, `{}`, `"x"`, `{"name":[]}`, `{"name":"a","unit":{}}`, `{"name":"a","unit":1,"aggregation":"x"}`, `{"name":5}`} {
		h := `{"time":0,"rows":3,"columns":1,"seconds_per_row":60,"column_info":[` + info + "]}\n"
		f.Add(h + "60\t5\n")
		f.Add(h + "1\n2\n3\n")
	}
	f.Add(report("5"))
	f.Add(`{"filters":[{"Name":"x","ProcessMessageFailures":{"value":1e308}}]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		limits := func(o sandbox.Options) sandbox.Options {
			o.TimerInject = 1000
			return o
		}
		stopped := func(name string, err error) {
			var stop *sandbox.Stop
			if errors.As(err, &stop) && stop.Limit == "" {
				t.Errorf("%s, payload %q: %v", name, payload, err)
			}
		}
		for _, name := range []string{"cbufd_aggregator", "cbufd_host_aggregator", "heka_process_message_failures"} {
			config := map[string]any{"rows": int64(5), "max_hosts": int64(2), "enable_delta": true}
			b := sandboxtest.New(t, limits(sandboxtest.Options(sandbox.Filter, sandboxtest.Script(t, "lua_filters/"+name+".lua"), config)))
			d := delta("a", "Web", payload, 60)
			err := b.TryProcess(d, d)
			stopped(name, err)
			if err == nil {
				stopped(name, b.TryTick(unix(61)))
			}
		}
		for _, name := range []string{"cbuf_librato", "es_payload"} {
			b := sandboxtest.Encoder(t, sandboxtest.Script(t, "lua_encoders/"+name+".lua"), nil)
			for _, d := range []message.Draft{graphMessage(payload), graphMessage(payload)} {
				_, err := b.TryEncode(d)
				stopped(name, err)
			}
		}
	})
}
