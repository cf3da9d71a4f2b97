package config

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

// Plugin types for tests: they have options of every shape and do nothing.

type tlsConfig struct {
	CertFile   string   `toml:"cert_file" doc:"PEM file of the certificate."`
	KeyFile    string   `toml:"key_file" doc:"PEM file of the key."`
	MinVersion string   `toml:"min_version" enum:"TLS10,TLS11,TLS12,TLS13" doc:"Oldest version."`
	Ciphers    []string `toml:"ciphers" doc:"Names of suites."`
}

type netConfig struct {
	Address string    `toml:"address" required:"true" doc:"Address to listen on."`
	Net     string    `toml:"net" default:"tcp" enum:"tcp,tcp4,tcp6,unix" doc:"Kind of network."`
	UseTLS  bool      `toml:"use_tls" default:"false" doc:"Encrypt."`
	TLS     tlsConfig `toml:"tls" doc:"Certificates and more."`
}

type tcpInputConfig struct {
	netConfig
	KeepAlive       bool          `toml:"keep_alive" default:"false" doc:"Send keep-alive probes."`
	KeepAlivePeriod time.Duration `toml:"keep_alive_period" unit:"s" default:"0s" doc:"Time between two probes."`
	MaxConnections  uint16        `toml:"max_connections" default:"1000" doc:"Most connections at a time."`
}

func (c *tcpInputConfig) Validate() error {
	if c.UseTLS && c.TLS.CertFile == "" {
		return &plugin.OptionError{Option: "tls.cert_file", What: "use_tls = true needs a certificate", Fix: `add cert_file = "…" to [X.tls]`}
	}
	return nil
}

type pollInputConfig struct {
	URLs     []string                  `toml:"urls" alias:"url" scalar:"true" doc:"What to ask."`
	Headers  map[string][]string       `toml:"headers" doc:"Headers of the request."`
	Percent  []int                     `toml:"percent_threshold" scalar:"true" default:"90" doc:"Percentiles."`
	Timeout  time.Duration             `toml:"http_timeout" unit:"ms" default:"0" doc:"Longest wait."`
	Password string                    `toml:"password" doc:"Password."`
	Ratio    float64                   `toml:"ratio" default:"0.5" doc:"A share."`
	Only     *regexp.Regexp            `toml:"only" doc:"What to keep."`
	Peer     netip.Addr                `toml:"peer" default:"127.0.0.1" doc:"A peer."`
	Command  map[string]commandConfig  `toml:"command" doc:"Programs."`
	Archive  [][]int                   `toml:"archive" default:"[[0, 60, 1440], [0, 900, 8]]" doc:"Archives."`
	Words    map[string]map[string]int `toml:"translation" doc:"Numbers of words."`
	Small    int8                      `toml:"small" default:"-1" doc:"A small number."`
	Limit    plugin.Size               `toml:"limit" default:"1MiB" doc:"Most bytes."`
	Since    *time.Duration            `toml:"since" doc:"A time span that may be left out."`
	Hidden   int                       `toml:"-"`
	_        int                       // not an option
}

type commandConfig struct {
	Bin  string   `toml:"bin" required:"true" doc:"Program."`
	Args []string `toml:"args" doc:"Arguments."`
	Dir  string   `toml:"directory" default:"/" doc:"Folder to run in."`
}

type tokenConfig struct {
	Delimiter string `toml:"delimiter" default:"\n" doc:"Byte that ends a record."`
	Count     uint   `toml:"count" default:"1" doc:"Delimiters that make a record."`
}

func (c *tokenConfig) Validate() error {
	if c.Delimiter == "" {
		return &plugin.OptionError{Option: "delimiter", What: "is missing, and nothing else says where records end", Fix: `write one byte, such as ";"`}
	}
	if len(c.Delimiter) != 1 {
		return &plugin.OptionError{Option: "delimiter", What: fmt.Sprintf("delimiter = %q is not one byte", c.Delimiter), Fix: "use RegexSplitter for more"}
	}
	return nil
}

type hekaSplitterConfig struct {
	Signers map[string]signerConfig `toml:"signer" doc:"Keys by NAME_VERSION."`
	Skip    bool                    `toml:"skip_authentication" default:"false" doc:"Believe everyone."`
}

type signerConfig struct {
	Key string `toml:"hmac_key" required:"true" doc:"The key."`
}

type multiConfig struct {
	Subs     []string `toml:"subs" required:"true" doc:"Decoders to try."`
	Strategy string   `toml:"cascade_strategy" default:"first-wins" enum:"first-wins,all" doc:"How to go on."`
}

func (c *multiConfig) References() []plugin.Reference {
	var refs []plugin.Reference
	for i, s := range c.Subs {
		refs = append(refs, plugin.Reference{Kind: plugin.KindDecoder, Name: s, Option: fmt.Sprintf("subs[%d]", i)})
	}
	return refs
}

type sandboxConfig struct {
	Filename string         `toml:"filename" required:"true" doc:"The script."`
	Memory   plugin.Size    `toml:"memory_limit" default:"8MiB" doc:"Most memory."`
	Config   map[string]any `toml:"config" doc:"What read_config gives."`
}

type counterConfig struct {
	Ticker time.Duration `toml:"ticker_interval" unit:"s" default:"5s" doc:"Time between two reports."`
	Type   string        `toml:"message_type" default:"heka.counter-output" doc:"Type of the report."`
}

type fileOutputConfig struct {
	Path       string `toml:"path" required:"true" doc:"File to write."`
	Perm       string `toml:"perm" default:"644" doc:"Its permissions."`
	FlushCount uint32 `toml:"flush_count" default:"1" doc:"Messages between two flushes."`
	Old        int    `toml:"flush_size" default:"0" ignored:"flush_count takes its place" doc:"Accepted for old configurations."`
}

type tcpOutputConfig struct {
	Address string    `toml:"address" default:"localhost:9125" doc:"Where to send."`
	TLS     tlsConfig `toml:"tls" doc:"Certificates and more."`
}

func (c *tcpOutputConfig) Validate() error {
	if strings.HasPrefix(c.Address, ":") {
		return fmt.Errorf("address %s has no host; write host:port", c.Address)
	}
	return nil
}

type noConfig struct{}

type fake struct{}

func (fake) Run(context.Context, plugin.Host) error             { return nil }
func (fake) Split(b []byte, _ bool) (int, int, int)             { return 0, len(b), len(b) }
func (fake) Decode(*plugin.Record, *message.Builder) error      { return nil }
func (fake) Process(*message.Selection, plugin.Emitter) error   { return nil }
func (fake) Encode(dst []byte, _ *message.View) ([]byte, error) { return dst, nil }
func (fake) Deliver(context.Context, []message.Selection) error { return nil }
func newInput[C any](C, plugin.Env) (plugin.Input, error)       { return fake{}, nil }
func newSplitter[C any](C, plugin.Env) (plugin.Splitter, error) { return fake{}, nil }
func newDecoder[C any](C, plugin.Env) (plugin.Decoder, error)   { return fake{}, nil }
func newFilter[C any](C, plugin.Env) (plugin.Filter, error)     { return fake{}, nil }
func newEncoder[C any](C, plugin.Env) (plugin.Encoder, error)   { return fake{}, nil }
func newOutput[C any](C, plugin.Env) (plugin.Output, error)     { return fake{}, nil }

func init() {
	plugin.RegisterInput("TcpInput", plugin.About{Doc: "Takes connections.", Splitter: "HekaFramingSplitter", Decoder: "ProtobufDecoder"}, newInput[tcpInputConfig])
	plugin.RegisterInput("HttpInput", plugin.About{Doc: "Asks.", Ticker: 10 * time.Second}, newInput[pollInputConfig])
	plugin.RegisterSplitter("NullSplitter", plugin.About{Doc: "Takes all.", MinBuffer: 64 << 10}, newSplitter[noConfig])
	plugin.RegisterSplitter("TokenSplitter", plugin.About{Doc: "Cuts at a byte."}, newSplitter[tokenConfig])
	plugin.RegisterSplitter("HekaFramingSplitter", plugin.About{Doc: "Cuts frames.", MessageBytes: true}, newSplitter[hekaSplitterConfig])
	plugin.RegisterDecoder("ProtobufDecoder", plugin.About{Doc: "Takes messages."}, newDecoder[noConfig])
	plugin.RegisterDecoder("MultiDecoder", plugin.About{Doc: "Tries decoders."}, newDecoder[multiConfig])
	plugin.RegisterDecoder("SandboxDecoder", plugin.About{Doc: "Runs a script."}, newDecoder[sandboxConfig])
	plugin.RegisterFilter("CounterFilter", plugin.About{Doc: "Counts.", Matcher: "Type != 'heka.counter-output'"}, newFilter[counterConfig])
	plugin.RegisterFilter("SandboxFilter", plugin.About{Doc: "Runs a script.", CanExit: true}, newFilter[sandboxConfig])
	plugin.RegisterEncoder("ProtobufEncoder", plugin.About{Doc: "Gives messages."}, newEncoder[noConfig])
	plugin.RegisterEncoder("PayloadEncoder", plugin.About{Doc: "Gives payloads."}, newEncoder[noConfig])
	plugin.RegisterOutput("LogOutput", plugin.About{Doc: "Logs.", NeedsEncoder: true}, newOutput[noConfig])
	plugin.RegisterOutput("FileOutput", plugin.About{Doc: "Writes files.", NeedsEncoder: true, AutoFraming: true}, newOutput[fileOutputConfig])
	plugin.RegisterOutput("TcpOutput", plugin.About{Doc: "Sends.", Encoder: "ProtobufEncoder", AutoFraming: true, Buffering: true,
		Defaults: map[string]string{"buffering.max_file_size": "128MiB", "buffering.cursor_update_count": "50"}}, newOutput[tcpOutputConfig])
}
