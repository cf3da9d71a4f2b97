package config

import (
	"strings"
	"testing"

	"github.com/heka-project/heka/plugin"
)

func TestTextIsCanonical(t *testing.T) {
	text := func(s string) string { return find(t, parse(t, s), plugin.KindInput, "in").Text }
	a := text("[in]\ntype = 'TcpInput'\naddress = ':1'\nkeep_alive_period = 60\n[in.tls]\nkey_file = 'k'\ncert_file = 'c'\n")
	for name, other := range map[string]string{
		"order and quotes": "[in]\ntls = { cert_file = \"c\", key_file = \"k\" }\nkeep_alive_period = '1m'\naddress = \":1\" # x\ntype = \"TcpInput\"\n",
		"defaults written": "[in]\ntype = 'TcpInput'\naddress = ':1'\nkeep_alive_period = '60s'\nkeep_alive = false\nnet = 'tcp'\ncan_exit = false\n[in.tls]\nkey_file = 'k'\ncert_file = 'c'\n[in.retries]\ndelay = '250ms'",
	} {
		if b := text(other); a != b {
			t.Errorf("%s: the texts differ:\n%s\n%s", name, a, b)
		}
	}
	if b := text("[in]\ntype = 'TcpInput'\naddress = ':1'\n"); a == b {
		t.Error("different options have the same text")
	}
}

func TestSignatureFollowsReferences(t *testing.T) {
	sig := func(delim string) string {
		p := parse(t, "[TcpInput]\naddress=':1'\nsplitter='s'\ndecoder='m'\n[s]\ntype='TokenSplitter'\ndelimiter='"+delim+"'\n[m]\ntype='MultiDecoder'\nsubs=['ProtobufDecoder']\n")
		s := find(t, p, plugin.KindInput, "TcpInput")
		if !strings.Contains(s.Signature(), "[ProtobufDecoder]") {
			t.Errorf("signature lacks the sub-decoder:\n%s", s.Signature())
		}
		return s.Signature()
	}
	if sig(";") == sig(",") {
		t.Error("a changed splitter does not change the signature of its input")
	}
}

func TestRedacted(t *testing.T) {
	p := parse(t, `
[HttpInput]
urls = ["http://joe:hunter2@host/x"]
password = "%ENV[SECRET]"
[HttpInput.headers]
Authorization = ["Basic hunter2"]
[HekaFramingSplitter.signer.ops_1]
hmac_key = "hunter2"
[f]
type = "SandboxFilter"
filename = "f.lua"
message_matcher = "TRUE"
[f.config]
api_token = "hunter2"
nested = { list = [ { password = "hunter2" } ] }
`)
	for _, s := range p.Sections {
		if strings.Contains(s.Redacted(), "hunter2") {
			t.Errorf("a secret of %s is shown:\n%s", s.Name, s.Redacted())
		}
	}
	s := find(t, p, plugin.KindInput, "HttpInput")
	if !strings.Contains(s.Text, "hunter2") || !strings.Contains(s.Redacted(), "joe:…@host") || !strings.Contains(s.Redacted(), "http_timeout") {
		t.Errorf("Redacted:\n%s", s.Redacted())
	}
}

func TestWarnings(t *testing.T) {
	p := parse(t, `[hekad]
poolsize = 200
[TcpInput]
address = ":1"
synchronous_decode = true
[HttpInput]
url = ["http://a"]
[CounterFilter]
message_matcher = "Type =~ /^heka/"
[FileOutput]
path = "x"
message_matcher = "TRUE"
encoder = "ProtobufEncoder"
flush_size = 3
[Each]
type = "CounterFilter"
message_type = "%{Type}.counted"
message_matcher = "TRUE"
`)
	want := `a.toml:2:1: [hekad] "poolsize" has no effect; memory_budget takes its place
a.toml:5:1: [TcpInput] "synchronous_decode" has no effect; decoding always happens in the reader; remove it
a.toml:7:1: [HttpInput] "url" is an older name of "urls"; write urls
a.toml:9:19: [CounterFilter] message_matcher takes what the filter itself injects, messages of type "heka.counter-output": they would be refused; add && Type != 'heka.counter-output'
a.toml:14:1: [FileOutput] "flush_size" has no effect; flush_count takes its place
a.toml:18:19: [Each] message_matcher takes what the filter itself injects, messages of type "%{Type}.counted": they would be refused; name the Types that it shall take, as in Type == 'nginx.access'`
	if got := p.Warnings.Error(); got != want {
		t.Errorf("warnings:\n%s\nwant:\n%s", got, want)
	}
}
