package syslog

import (
	"bytes"
	"strings"
	"testing"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
	"github.com/heka-project/heka/plugin/plugintest"
)

func encoderOf(t testing.TB, change func(*EncoderConfig)) plugin.Encoder {
	t.Helper()
	c := EncoderConfig{Format: "rfc5424", Framing: "none", Priority: true, Time: "bsd", Digits: -1, TZ: "UTC", Facility: "user",
		Hostname: "%{Hostname}", Msg: "%{Payload}", SDID: "fields@32473"}
	if change != nil {
		change(&c)
	}
	return plugintest.Make(t, NewEncoder, c)
}

// What SyslogDecoder reads, SyslogEncoder writes again, byte for byte.
func TestSameText(t *testing.T) {
	for _, tt := range []struct {
		change func(*EncoderConfig)
		recs   []string
	}{
		{nil, []string{
			"<165>1 2003-08-24T12:14:15.000003Z 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
			`<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"] An application event log entry...`,
			`<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3"][examplePriority@32473 class="high"]`,
			"<13>1 2003-10-11T22:14:15Z h - - - - m",
			`<13>1 2003-10-11T22:14:15Z - a 12a - [a x="\"\\\] é" y=""][b@1][c z="1"] m`,
		}},
		{func(c *EncoderConfig) { c.BOM = true }, []string{
			"<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \ufeff'su root' failed for lonvick on /dev/pts/8",
		}},
		{func(c *EncoderConfig) { c.TZ, c.Digits = "Etc/GMT-2", 6 }, []string{
			"<165>1 2003-08-24T14:14:15.120000+02:00 192.0.2.1 myproc 8710 - - text",
		}},
		{func(c *EncoderConfig) { c.Format = "rfc3164" }, []string{
			"<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
			"<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!",
			"<22>Nov  5 12:59:59 mx postfix/smtpd[9]: connect",
			"<22>Nov  5 12:59:59 mx app[x1]: connect",
			"<30>Nov  5 12:59:59 h last message repeated 3 times",
		}},
		{func(c *EncoderConfig) { c.Format, c.Priority, c.AppName = "rfc3164", false, "%{programname}" }, []string{
			"Feb 10 16:46:36 ubuntu kernel[12]: imklog 5.8.6, log source = /proc/kmsg started.",
		}},
		{func(c *EncoderConfig) {
			c.Format, c.Priority, c.Time, c.TZ = "rfc3164", false, "rfc3339", "Etc/GMT-1"
		}, []string{"2026-11-25T13:00:01.5+01:00 web01 systemd[1]: Started it."}},
	} {
		dec, enc := newDecoder(t, Config{Format: "auto", TZ: "UTC"}), encoderOf(t, tt.change)
		for _, rec := range tt.recs {
			d, err := decode(dec, rec)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(rec, "Z - ") {
				d.Hostname = "" // the decoder fills in the input's
			}
			if got := plugintest.Encode(t, enc, d); got != rec {
				t.Errorf("of  %q\ncame %q", rec, got)
			}
		}
	}
}

func TestEncode(t *testing.T) {
	d := message.Draft{
		Header: message.Header{Timestamp: 1_395_139_200_120_000_000, Type: "T", Logger: "my logger", Severity: 3, Payload: "one\ntwo\x00\r\n", Hostname: "höst", Pid: 7},
		Fields: []message.DraftField{message.NewField("n", []int64{1, -2}, ""), message.NewField("a.x", "1", ""), message.NewField("text", "a\"b]\n\xff", ""),
			message.NewField("b@9.y", 0.5, ""), message.NewField("a.z", true, ""), message.NewField("odd name=", "", ""), message.NewField("raw", []byte("r"), "")},
	}
	for _, tt := range []struct {
		name   string
		change func(*EncoderConfig)
		want   string
	}{
		{"all", nil, `<11>1 2014-03-18T10:40:00.12Z h__st my_logger 7 - [a x="1" z="true"][b@9 y="0.5"][fields@32473 n="1" n="-2" text="a\"b\]#012` + "\ufffd" + `" odd_name_="" raw="r"] one#012two#000`},
		{"line ends", func(c *EncoderConfig) { c.Framing, c.SDID = "newline", "" }, `<11>1 2014-03-18T10:40:00.12Z h__st my_logger 7 - [a x="1" z="true"][b@9 y="0.5"] one#012two#000` + "\n"},
		{"octets", func(c *EncoderConfig) { c.Framing, c.SDID, c.Digits, c.Facility = "octets", "x", 0, "local7" },
			"143 <187>1 2014-03-18T10:40:00Z h__st my_logger 7 - [a x=\"1\" z=\"true\"][b@9 y=\"0.5\"][x n=\"1\" n=\"-2\" text=\"a\\\"b\\]\n\ufffd\" odd_name_=\"\" raw=\"r\"] one\ntwo\x00"},
		{"BSD", func(c *EncoderConfig) { c.Format, c.TZ, c.Facility = "rfc3164", "Etc/GMT-1", "3" }, "<27>Mar 18 11:40:00 h__st my_logger[7]: one#012two#000"},
		{"texts", func(c *EncoderConfig) {
			c.Format, c.AppName, c.Msg, c.Hostname = "rfc3164", "a:[b]%{Type}", "%{n} %{missing:-?}", "%{none}"
		}, "<11>Mar 18 10:40:00 - a__b]T[7]: 1 ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := plugintest.Encode(t, encoderOf(t, tt.change), d)
			if got != tt.want {
				t.Errorf("Encode\n got %q\nwant %q", got, tt.want)
			}
			if n, rest, ok := strings.Cut(got, " "); tt.name == "octets" && (!ok || n != "143" || len(rest) != 143) {
				t.Errorf("count %s of %d bytes", n, len(rest))
			}
		})
	}
	empty := message.Draft{Header: message.Header{Severity: -1}}
	if got := plugintest.Encode(t, encoderOf(t, nil), empty); got != "<8>1 1970-01-01T00:00:00Z - - - - -" {
		t.Errorf("nothing: %q", got)
	}
}

// Many names of elements do not take long, and each element comes once.
func TestManyElements(t *testing.T) {
	var d message.Draft
	for i := range 4000 {
		d.Fields = append(d.Fields, message.NewField(strings.Repeat("x", i%200+1)+".a", "v", ""))
	}
	got := plugintest.Encode(t, encoderOf(t, nil), d)
	if n := strings.Count(got, "["); n != maxIDs+1 {
		t.Errorf("%d elements, want %d", n, maxIDs+1)
	}
}

func TestEncoderRefused(t *testing.T) {
	for _, tt := range []struct {
		change func(*EncoderConfig)
		option string
	}{
		{func(c *EncoderConfig) { c.TZ = "Nowhere" }, "tz"},
		{func(c *EncoderConfig) { c.Digits = 7 }, "time_digits"},
		{func(c *EncoderConfig) { c.Facility = "local8" }, "facility"},
		{func(c *EncoderConfig) { c.Facility = "24" }, "facility"},
		{func(c *EncoderConfig) { c.SDID = "a b" }, "sd_id"},
		{func(c *EncoderConfig) { c.Hostname = "%{" }, "hostname"},
		{func(c *EncoderConfig) { c.AppName = "%{x|y}" }, "app_name"},
		{func(c *EncoderConfig) { c.Msg = "%{}" }, "msg"},
	} {
		c := EncoderConfig{Facility: "user", Digits: -1}
		tt.change(&c)
		plugintest.BadOption(t, c, tt.option)
	}
}

func TestEncoderAllocs(t *testing.T) {
	e := encoderOf(t, func(c *EncoderConfig) { c.Framing = "octets" })
	d := message.Draft{Header: message.Header{Hostname: "h", Payload: "text"}, Fields: []message.DraftField{
		message.NewField("programname", "app", ""), message.NewField("a.b", "c", ""), message.NewField("n", 5, "")}}
	plugintest.EncodeAllocs(t, e, d)
}

// FuzzRecord: what the encoder makes of a record that the decoder takes is
// taken again, and is then written the same.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`<165>1 2003-10-11T22:14:15.003Z h e - ID47 [x@1 iut="3"][p class="high"] text`), true)
	f.Add([]byte("<34>Oct 11 22:14:15 mymachine su[5]: 'su root' failed"), false)
	var dec [2]plugin.Decoder
	var enc [2]plugin.Encoder
	for i := range 2 {
		dec[i] = newDecoder(f, Config{Format: "auto", TZ: "UTC"})
		enc[i] = encoderOf(f, func(c *EncoderConfig) {
			if i == 1 {
				c.Format, c.Framing = "rfc3164", "newline"
			}
		})
	}
	f.Fuzz(func(t *testing.T, rec []byte, old bool) {
		k := 0
		if old {
			k = 1
		}
		d, err := decode(dec[k], string(rec))
		if err != nil {
			return
		}
		first := plugintest.Encode(t, enc[k], d)
		if k == 1 && bytes.ContainsAny([]byte(first[:len(first)-1]), "\n\r\x00") {
			t.Fatalf("%q becomes %q", rec, first)
		}
		again, err := decode(dec[k], first)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", rec, first, err)
		}
		if k == 1 {
			return // without a tag, what the text looks like counts
		}
		if second := plugintest.Encode(t, enc[k], again); second != first {
			t.Fatalf("%q becomes %q, then %q", rec, first, second)
		}
	})
}
