package share_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// draftJSON shows what a message holds, and of its header what differs from that of
// the record.
func draftJSON(t *testing.T, d message.Draft) string {
	t.Helper()
	m := map[string]any{}
	if d.Timestamp != sandboxtest.Now.UnixNano() {
		m["Timestamp"] = d.Timestamp
	}
	for name, s := range map[string]string{"Type": d.Type, "Logger": d.Logger, "Payload": d.Payload, "EnvVersion": d.EnvVersion, "Hostname": d.Hostname} {
		if s != "" && s != "logfile" && s != "in" && s != "host.example" {
			m[name] = s
		}
	}
	if d.Severity != 7 {
		m["Severity"] = d.Severity
	}
	if d.Pid != 0 {
		m["Pid"] = d.Pid
	}
	fields := map[string]any{}
	for _, f := range d.Fields {
		name := f.Name
		for i := 2; fields[name] != nil; i++ {
			name = f.Name + "#" + strconv.Itoa(i)
		}
		var v any = f.Values
		if len(f.Values) == 1 {
			v = f.Values[0]
		}
		if b, ok := v.([]byte); ok {
			v = string(b)
		}
		if f.Representation != "" || f.Type == message.Integer || f.Type == message.Bytes {
			w := map[string]any{"value": v, "type": f.Type.String()}
			if f.Representation != "" {
				w["representation"] = f.Representation
			}
			v = w
		}
		fields[name] = v
	}
	if len(fields) > 0 {
		m["Fields"] = fields
	}
	return marshal(t, m)
}

// TestDecoders runs the decoders over the records of testdata/decoder. A block is the
// name of a decoder and its config in JSON; its key "fields" are fields of the record
// that the input has set.
func TestDecoders(t *testing.T) {
	files, _ := filepath.Glob("testdata/decoder/*.txt")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			f := readCases(t, name)
			for i := range f.blocks {
				block := &f.blocks[i]
				script, config, _ := strings.Cut(block.expr, " ")
				box := sandboxtest.Decoder(t, sandboxtest.Script(t, "lua_decoders/"+script+".lua"), parseConfig(t, config))
				fields := recordFields(t, config)
				for j := range block.cases {
					c := &block.cases[j]
					var list []message.Draft
					var err error
					if fields != nil {
						list, err = box.DecodeMessage(message.Draft{Header: message.Header{Timestamp: sandboxtest.Now.UnixNano(), Type: "logfile",
							Logger: "in", Hostname: "host.example", Severity: 7, Payload: c.subject}, Fields: fields})
					} else {
						list, err = box.TryDecode(c.subject)
					}
					var got []string
					for _, d := range list {
						got = append(got, draftJSON(t, d))
					}
					if err != nil {
						got = append(got, "error "+err.Error())
					}
					if *update {
						c.want = strings.Join(got, "\n")
					} else if s := strings.Join(got, "\n"); s != c.want {
						t.Errorf("%s:%d: %s\n%s\n got %s\nwant %s", name, c.line, block.expr, c.subject, s, c.want)
					}
				}
			}
			if *update {
				if err := f.write(name); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func parseConfig(t *testing.T, text string) map[string]any {
	t.Helper()
	config := map[string]any{}
	if text == "" {
		return config
	}
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		t.Fatalf("config %s: %v", text, err)
	}
	for k, v := range config {
		if f, ok := v.(float64); ok && f == float64(int64(f)) {
			config[k] = int64(f)
		}
	}
	return config
}

// recordFields are those of the key "fields".
func recordFields(t *testing.T, text string) (fields []message.DraftField) {
	var c struct{ Fields map[string]any }
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	for name, v := range c.Fields {
		if f, ok := v.(float64); ok {
			v = int64(f)
		}
		fields = append(fields, message.NewField(name, v, ""))
	}
	return fields
}
