package timetext

import (
	"testing"
	"time"
)

func TestAppend(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone database: ", err)
	}
	const ns = 1_395_139_200_120_000_000
	for _, tt := range []struct {
		form string
		loc  *time.Location
		ns   int64
		want string
	}{
		{"", nil, ns, "2014-03-18T10:40:00.12Z"},
		{"rfc3339", berlin, ns, "2014-03-18T10:40:00.12Z"},
		{"epoch", nil, ns, "1395139200.12"},
		{"epoch_ms", nil, ns, "1395139200120"},
		{"epoch_ms", nil, -1, "-1"},
		{"epoch_us", nil, ns, "1395139200120000"},
		{"epoch_ns", nil, ns, "1395139200120000000"},
		{"%Y.%m.%d", nil, ns, "2014.03.18"},
		{"%H:%M:%S %z", berlin, ns, "11:40:00 +0100"},
		{"%S.%f", nil, ns, "00.120000"},
		{"%S.%L %%L", nil, ns, "00.120 %L"},
		{"%S.%N", nil, -1, "59.999999999"},
		{"%F %T", nil, -1, "1969-12-31 23:59:59"},
		{"%Y %%", nil, ns, "2014 %"},
	} {
		w, err := New(tt.form, tt.loc)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // with and without the text kept
			if got := string(w.Append([]byte("x"), tt.ns)); got != "x"+tt.want {
				t.Errorf("%q: Append(%d) = %q, want %q", tt.form, tt.ns, got, "x"+tt.want)
			}
		}
		if w.Number() != (len(tt.form) > 4 && tt.form[:5] == "epoch") {
			t.Errorf("%q: Number() = %v", tt.form, w.Number())
		}
	}
	if _, err := New("rfc822", nil); err == nil {
		t.Error("New(rfc822) = nil error")
	}
}

// What is kept is never written for another time.
func TestKept(t *testing.T) {
	w, _ := New("%T.%f", nil)
	s, _ := New("%T", nil)
	for _, tt := range []struct {
		ns   int64
		a, b string
	}{{0, "00:00:00.000000", "00:00:00"}, {1000, "00:00:00.000001", "00:00:00"}, {1e9, "00:00:01.000000", "00:00:01"}, {0, "00:00:00.000000", "00:00:00"}} {
		if a, b := string(w.Append(nil, tt.ns)), string(s.Append(nil, tt.ns)); a != tt.a || b != tt.b {
			t.Errorf("Append(%d) = %s, %s, want %s, %s", tt.ns, a, b, tt.a, tt.b)
		}
	}
}
