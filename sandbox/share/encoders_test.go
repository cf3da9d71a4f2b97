package share_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// fieldList writes the fields in order of their names.
func fieldList(d message.Draft) string {
	var list []string
	for _, f := range d.Fields {
		list = append(list, fmt.Sprintf("%s=%v", f.Name, f.Values[0]))
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestAlertEncoder(t *testing.T) {
	d := at(1434932024)
	d.Logger, d.Hostname, d.Payload = "Watch", "web1", "it burns"
	equal(t, "text", encoder(t, "alert", nil).Encode(d), "Timestamp: 2015-06-22T00:13:44Z\nHostname: web1\nPlugin: Watch\nAlert: it burns\n")
}

func graphMessage(payload string) message.Draft {
	d := at(1, "payload_name", "HTTP")
	d.Payload = payload
	return d
}

// rowsFrom writes rows of two columns that begin with n.
func rowsFrom(n, count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, "%d\t%d\n", n+2*i, n+2*i+1)
	}
	return b.String()
}

// gauges are the values sent and their times.
func gauges(t *testing.T, text string) string {
	t.Helper()
	var out struct {
		Gauges []struct {
			Value       float64 `json:"value"`
			MeasureTime int64   `json:"measure_time"`
			Name        string  `json:"name"`
			Source      string  `json:"source"`
		} `json:"gauges"`
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var list []string
	for _, g := range out.Gauges {
		list = append(list, fmt.Sprintf("%d:%s=%v", g.MeasureTime, g.Name, g.Value))
	}
	return strings.Join(list, " ")
}

func TestCbufLibrato(t *testing.T) {
	o := sandboxtest.Options(sandbox.Encoder, sandboxtest.Script(t, "lua_encoders/cbuf_librato.lua"), nil)
	e := sandboxtest.New(t, o)
	columns := func(time int) string { return head(time, 4, 5, "A:count:sum", "B:count:sum") }
	first := e.Encode(graphMessage(columns(100) + rowsFrom(1, 4)))
	equal(t, "text", first[:76], `{"gauges":[{"value":1,"measure_time":100,"name":"A","source":"web1"},{"value`)
	equal(t, "first", gauges(t, first), "100:A=1 100:B=2 105:A=3 105:B=4 110:A=5 110:B=6")
	again, err := e.TryEncode(graphMessage(columns(100) + rowsFrom(1, 4)))
	if err != nil || again != "" {
		t.Errorf("the same again: %q, %v", again, err)
	}
	// Two rows on, behind a line of annotations, with a hole.
	e = restarted(t, e, o)
	got := e.Encode(graphMessage(`{"annotations":[]}` + "\n" + columns(110) + "5\t6\n7\t8\n9\tnan\n0\t0\n"))
	equal(t, "two rows on", gauges(t, got), "115:A=7 115:B=8 120:A=9")
	got = e.Encode(graphMessage(columns(1000) + rowsFrom(1, 4)))
	equal(t, "far on", gauges(t, got), "1000:A=1 1000:B=2 1005:A=3 1005:B=4 1010:A=5 1010:B=6")
	other := graphMessage(columns(100) + rowsFrom(1, 4))
	other.Logger = "another"
	equal(t, "another key", gauges(t, e.Encode(other)), "100:A=1 100:B=2 105:A=3 105:B=4 110:A=5 110:B=6")
	for _, payload := range []string{"", "x", "{}\n", columns(100) + rowsFrom(1, 4), columns(1003) + rowsFrom(1, 4), columns(2000) + rowsFrom(1, 3),
		columns(2000) + rowsFrom(1, 5), columns(2000) + "1\t2\n3\n5\t6\n7\t8\n", columns(2000) + "1\t2\n3\tx\n5\t6\n7\t8\n"} {
		if out, err := e.TryEncode(graphMessage(payload)); err == nil || out != "" {
			t.Errorf("%q: %q, %v", payload, out, err)
		}
	}
	empty, err := e.TryEncode(graphMessage(columns(3000) + strings.Repeat("nan\tnan\n", 4)))
	if err != nil || empty != "" {
		t.Errorf("a graph of nothing: %q, %v", empty, err)
	}
}

func TestESPayload(t *testing.T) {
	d := at(512345678.9, "env", "dev", "on", true, "n", 99.5)
	d.Payload = `{"a":1}`
	for _, tt := range []struct {
		config map[string]any
		want   string
	}{
		{map[string]any{"es_index_from_timestamp": true}, `{"index":{"_index":"heka-1986.03.27","_type":"message"}}`},
		{nil, `{"index":{"_index":"heka-2026.01.02","_type":"message"}}`},
		{map[string]any{"index": "%{Logger}-%{env}-%{on}-%{n}-%{nix}", "type_name": "%{Type}", "id": "%{Pid}:%{Severity}"},
			`{"index":{"_index":"GoSpec-dev-true-99.5-%{nix}","_type":"TEST","_id":"7:6"}}`},
		{map[string]any{"index": "x", "type_name": ""}, `{"index":{"_index":"x"}}`},
	} {
		e := encoder(t, "es_payload", tt.config)
		equal(t, fmt.Sprint(tt.config), e.Encode(d), tt.want+"\n{\"a\":1}\n")
	}
	d.Payload += "\n"
	if got := encoder(t, "es_payload", nil).Encode(d); !strings.HasSuffix(got, "{\"a\":1}\n") || strings.HasSuffix(got, "\n\n") {
		t.Errorf("a payload that ends its line: %q", got)
	}
}

func TestSchemaInflux(t *testing.T) {
	const base = `"my_type","Payload value lorem ipsum","hostname",12345,"Logger",4,""`
	for _, tt := range []struct {
		config map[string]any
		want   string
	}{
		{nil, `[{"points":[[54321000,` + base + `,[123,456],["0_first","0_second"],["1_first","1_second"]]],"name":"series",` +
			`"columns":["time","Type","Payload","Hostname","Pid","Logger","Severity","EnvVersion","intField","strField","strField2"]}]`},
		{map[string]any{"series": "s.%{Pid}.%{Type}.%{strField}.%{intField}.%{none}", "skip_fields": "Payload strField Type"},
			`[{"points":[[54321000,"hostname",12345,"Logger",4,"",[123,456]]],"name":"s.12345.my_type.0_first.123.%{none}",` +
				`"columns":["time","Hostname","Pid","Logger","Severity","EnvVersion","intField"]}]`},
		{map[string]any{"multi_series": true, "exclude_base_fields": true, "skip_fields": "strField"},
			`[{"points":[[54321000,123]],"name":"series.intField","columns":["time","value"]}]`},
	} {
		got := encoder(t, "schema_influx", tt.config).Encode(influxMessage())
		equal(t, fmt.Sprint(tt.config), got, tt.want)
		if !json.Valid([]byte(got)) {
			t.Errorf("no JSON: %s", got)
		}
	}
	d := at(1, "nan", math.NaN(), "inf", math.Inf(1), "on", true)
	d.Pid, d.Severity = 0, 7
	got := encoder(t, "schema_influx", map[string]any{"skip_fields": "Type Payload Hostname Logger EnvVersion"}).Encode(d)
	if !json.Valid([]byte(got)) || !strings.Contains(got, "null,null,true]]") {
		t.Errorf("what JSON has no number for: %s", got)
	}
}

func TestSchemaInfluxLine(t *testing.T) {
	for _, tt := range []struct {
		config map[string]any
		want   string
	}{
		{nil, influxLines},
		{map[string]any{"skip_fields": "strField byteField", "tag_fields": "Hostname Logger strField", "timestamp_precision": "s"},
			"intField,Logger=Logger,Hostname=hostname,strField=0_first,strField_vidx_1=0_second,strField_fidx_1=1_first,strField_fidx_1_vidx_1=1_second value=123.000000 54321\n" +
				"intField_vidx_1,Logger=Logger,Hostname=hostname,strField=0_first,strField_vidx_1=0_second,strField_fidx_1=1_first,strField_fidx_1_vidx_1=1_second value=456.000000 54321\n"},
		{map[string]any{"source_value_field": "intField", "name_prefix": "load of %{Hostname}", "decimal_precision": "1", "value_field_key": "v"},
			`load\ of\ hostname` + influxTags + "v=123.0 54321000\n"},
		{map[string]any{"name_prefix": "p", "name_prefix_delimiter": ".", "skip_fields": "**all_base** strField byteField", "tag_fields": "Nothing", "decimal_precision": int64(0)},
			"p.intField value=123 54321000\np.intField_vidx_1 value=456 54321000\n"},
		{map[string]any{"multi_fields": true, "name_prefix": "all", "skip_fields": "byteField"},
			"all" + influxTags + `intField=123.000000,intField_vidx_1=456.000000,strField="0_first",strField_vidx_1="0_second",strField_fidx_1="1_first",strField_fidx_1_vidx_1="1_second" 54321000` + "\n"},
	} {
		equal(t, fmt.Sprint(tt.config), encoder(t, "schema_influx_line", tt.config).Encode(influxMessage()), tt.want)
	}
	d := at(60, "on", true, "off", false, "n", "12.5", "v", "1.2.3", "q", `say "hi" \`, "three", []int64{1, 2, 3})
	d.Logger, d.Type = "", "a b,c=d"
	want := `on,Type=a\ b\,c\=d value=true 1` + "\n" + `off,Type=a\ b\,c\=d value=false 1` + "\n" + `n,Type=a\ b\,c\=d value=12.500000 1` + "\n" +
		`v,Type=a\ b\,c\=d value="1.2.3" 1` + "\n" + `q,Type=a\ b\,c\=d value="say \"hi\" \\" 1` + "\n" + `three,Type=a\ b\,c\=d value=1.000000 1` + "\n" +
		`three_vidx_1,Type=a\ b\,c\=d value=2.000000 1` + "\n" + `three_vidx_2,Type=a\ b\,c\=d value=3.000000 1` + "\n"
	equal(t, "all kinds", encoder(t, "schema_influx_line", map[string]any{"tag_fields": "Logger Type", "timestamp_precision": "m"}).Encode(d), want)
	if out, err := encoder(t, "schema_influx_line", nil).TryEncode(at(1)); err != nil || out != "" {
		t.Errorf("a message without fields: %q, %v", out, err)
	}

	// The worked example of the reference.
	e := encoder(t, "schema_influx_line", nil)
	d = at(1434932024.123, "1MinAvg", 0.11)
	d.Logger, d.Type, d.Severity, d.Hostname = "L A", "stats.loadavg", 7, "myhost"
	d.Timestamp = 1434932024123e6
	equal(t, "worked example", e.Encode(d), `1MinAvg,Logger=L\ A,Type=stats.loadavg,Severity=7,Hostname=myhost value=0.110000 1434932024123`+"\n")
}

func TestSchemaCarbonLine(t *testing.T) {
	d := at(1434932024.5, "1MinAvg", 0.11, "a.b-c", 5, "Environment", "dev", "text", "x", "down", -1, "huge", 1e30, "down", 2, "ver", "1.2")
	d.Hostname, d.Type = "myhost", "stats.loadavg"
	e := encoder(t, "schema_carbon_line", map[string]any{"name_prefix": "%{Environment}.%{Hostname}.%{Type}", "skip_fields": "Environment a.b-c"})
	equal(t, "lines", e.Encode(d), "dev.myhost.stats.loadavg.1MinAvg 0.11 1434932024\ndev.myhost.stats.loadavg.down_fidx_1 2 1434932024\n"+
		"dev.myhost.stats.loadavg.ver 1.2 1434932024\n")
	e = encoder(t, "schema_carbon_line", map[string]any{"name_prefix": "only.%{Hostname}", "source_value_field": "1MinAvg"})
	equal(t, "one field", e.Encode(d), "only.myhost 0.11 1434932024\n")
	e = encoder(t, "schema_carbon_line", map[string]any{"name_prefix": "p", "name_prefix_delimiter": "_", "skip_fields": "1MinAvg down ver"})
	equal(t, "delimiter", e.Encode(d), "p_a_b_c 5 1434932024\n")
}

func TestStatmetricInflux(t *testing.T) {
	e := encoder(t, "statmetric_influx", nil)
	equal(t, "json", e.Encode(at(1, "timestamp", 1408404848, "stats.counters.a.rate", 1.5, "stats.counters.a.count", 3)),
		`[{"points":[[1408404848000,1.5]],"name":"stats.counters.a.rate","columns":["time","value"]},`+
			`{"points":[[1408404848000,3]],"name":"stats.counters.a.count","columns":["time","value"]}]`)
	if out, err := e.TryEncode(at(1, "timestamp", 5)); err != nil || out != "" {
		t.Errorf("no statistics: %q, %v", out, err)
	}
	if out, err := e.TryEncode(at(1, "a", 5)); err == nil || out != "" {
		t.Errorf("no timestamp: %q, %v", out, err)
	}
}
