package share_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/sandbox"
	"github.com/heka-project/heka/sandbox/sandboxtest"
)

// filter makes the sandbox of a stock filter.
func filter(t *testing.T, name string, config map[string]any) *sandboxtest.Box {
	t.Helper()
	return sandboxtest.Filter(t, sandboxtest.Script(t, "lua_filters/"+name+".lua"), config)
}

// encoder makes the sandbox of a stock encoder.
func encoder(t *testing.T, name string, config map[string]any) *sandboxtest.Box {
	t.Helper()
	return sandboxtest.Encoder(t, sandboxtest.Script(t, "lua_encoders/"+name+".lua"), config)
}

// at is a message of a time in seconds; fields are name, value pairs.
func at(seconds float64, fields ...any) message.Draft {
	d := message.Draft{Header: message.Header{Timestamp: int64(seconds * 1e9), Type: "TEST", Logger: "GoSpec", Hostname: "web1", Severity: 6, Pid: 7}}
	for i := 0; i < len(fields); i += 2 {
		d.Fields = append(d.Fields, message.NewField(fields[i].(string), fields[i+1], ""))
	}
	return d
}

// injected returns the payload that was injected with this type and name, the last
// one of several, and fails when there is none.
func injected(t *testing.T, b *sandboxtest.Box, typ, name string) string {
	t.Helper()
	for i := len(b.Injected) - 1; i >= 0; i-- {
		d := b.Injected[i]
		if text(d, "payload_type") == typ && text(d, "payload_name") == name {
			return d.Payload
		}
	}
	t.Fatalf("no payload of type %q named %q in %d messages: %v", typ, name, len(b.Injected), b.Injected)
	return ""
}

func text(d message.Draft, field string) string {
	s, _ := value(d, field).(string)
	return s
}

func value(d message.Draft, field string) any {
	for _, f := range d.Fields {
		if f.Name == field {
			return f.Values[0]
		}
	}
	return nil
}

func unix(seconds int64) time.Time { return time.Unix(seconds, 0) }

// equal compares texts and shows both.
func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}

// head is the first line of a circular buffer's text; columns are name:unit:aggregation.
func head(time, rows, seconds int, columns ...string) string {
	var info []string
	for _, c := range columns {
		p := strings.Split(c, ":")
		info = append(info, fmt.Sprintf(`{"name":"%s","unit":"%s","aggregation":"%s"}`, p[0], p[1], p[2]))
	}
	return fmt.Sprintf(`{"time":%d,"rows":%d,"columns":%d,"seconds_per_row":%d,"column_info":[%s]}`, time, rows, len(columns), seconds, strings.Join(info, ",")) + "\n"
}

// restarted makes the sandbox anew with the state of b.
func restarted(t *testing.T, b *sandboxtest.Box, o sandbox.Options) *sandboxtest.Box {
	t.Helper()
	state, err := b.SaveState()
	if err != nil {
		t.Fatal(err)
	}
	again := sandboxtest.New(t, o)
	if fresh, err := again.RestoreState(state); err != nil || fresh {
		t.Fatalf("restore: %v, %v", fresh, err)
	}
	return again
}
