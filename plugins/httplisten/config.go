package httplisten

import (
	"fmt"
	"strconv"
	"time"

	"github.com/heka-project/heka/internal/httpx"
	"github.com/heka-project/heka/internal/netx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/plugin"
)

// Config holds the options of HttpListenInput.
type Config struct {
	Address        string              `toml:"address" default:"127.0.0.1:8325" doc:"Where to listen, as host:port; only this machine reaches the default."`
	Headers        map[string][]string `toml:"headers" doc:"Headers to add to every answer, each a list of values."`
	RequestHeaders []string            `toml:"request_headers" doc:"Request headers that become fields of the messages."`
	AuthType       string              `toml:"auth_type" enum:"Basic,API,Token" doc:"What a sender must show: a name and password (Basic), api_key in the header X-API-Key (API), or token as Authorization: Bearer (Token); default: nothing."`
	Username       string              `toml:"username" doc:"Name that Basic asks for."`
	Password       string              `toml:"password" doc:"Password that Basic asks for."`
	APIKey         string              `toml:"api_key" doc:"Key that API asks for."`
	Token          string              `toml:"token" doc:"Token that Token asks for."`
	UseTLS         bool                `toml:"use_tls" default:"false" doc:"Speak HTTPS, with the settings of the table tls."`
	TLS            tlsx.Config         `toml:"tls" doc:"TLS settings; with client_auth senders must show a certificate."`
	MaxBodySize    plugin.Size         `toml:"max_body_size" default:"16MiB" doc:"Longest body, packed and unpacked; a longer one is answered with 413 and nothing of it is taken."`
	MaxBuffered    plugin.Size         `toml:"max_buffered" default:"64MiB" doc:"Most bytes of bodies in memory; what comes on top is answered with 429."`
	MaxConnections int                 `toml:"max_connections" default:"1024" doc:"Most connections at a time, further ones wait unaccepted in the system's queue; 0 for no limit."`
	RequestTimeout time.Duration       `toml:"request_timeout" unit:"s" default:"30s" doc:"How long a request may take to come in."`
	AnswerTimeout  time.Duration       `toml:"answer_timeout" unit:"s" default:"10s" doc:"How long a sender waits until its messages are safe; then the answer is 503, and the sender may send again."`
}

// Validate checks what shows without the network. What looks as if it asked for a
// password, and does not, is an error.
func (c Config) Validate() error {
	bad := func(option, what, fix string) error {
		return &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	if err := netx.CheckAddress("tcp", c.Address); err != nil {
		return bad("address", "address = "+strconv.Quote(c.Address)+" "+err.Error(), `write host:port, such as "127.0.0.1:8325"`)
	}
	for name, list := range c.Headers {
		for _, v := range append([]string{""}, list...) {
			if p := httpx.HeaderProblem(name, v); p != "" {
				return bad("headers", fmt.Sprintf("header %q %s", name, p), "correct it")
			}
		}
	}
	for _, name := range c.RequestHeaders {
		if p := httpx.HeaderProblem(name, ""); p != "" {
			return bad("request_headers", fmt.Sprintf("%q %s", name, p), "correct it")
		}
	}
	for _, s := range []struct{ option, value, auth string }{
		{"username", c.Username, "Basic"}, {"password", c.Password, "Basic"}, {"api_key", c.APIKey, "API"}, {"token", c.Token, "Token"},
	} {
		switch {
		case s.value == "" && c.AuthType == s.auth:
			return bad(s.option, fmt.Sprintf("is missing while auth_type is %q", c.AuthType), "give it")
		case s.value != "" && c.AuthType != s.auth:
			return bad(s.option, fmt.Sprintf("is given, but auth_type is %q, so that nobody is asked for it", c.AuthType), "set auth_type = "+strconv.Quote(s.auth)+", or leave it out")
		}
	}
	switch {
	case c.MaxBodySize < 1 || c.MaxBodySize > 1<<30:
		return bad("max_body_size", c.MaxBodySize.String()+" is out of range", "write up to 1GiB")
	case c.MaxBuffered < c.MaxBodySize:
		return bad("max_buffered", c.MaxBuffered.String()+" is less than max_body_size", "write at least "+c.MaxBodySize.String())
	case c.MaxConnections < 0:
		return bad("max_connections", strconv.Itoa(c.MaxConnections)+" is negative", "write 0 for no limit")
	case c.RequestTimeout <= 0:
		return bad("request_timeout", c.RequestTimeout.String()+" is no time", "write some seconds")
	case c.AnswerTimeout <= 0:
		return bad("answer_timeout", c.AnswerTimeout.String()+" is no time", "write some seconds")
	}
	if c.UseTLS {
		if p := c.TLS.Check(true); p != nil {
			return bad("tls."+p.Option, "tls."+p.Option+" "+p.What, p.Fix)
		}
	} else if c.TLS.CertFile != "" || c.TLS.ClientCAFile != "" || c.TLS.ClientAuth != "" && c.TLS.ClientAuth != "NoClientCert" {
		return bad("use_tls", "is off while the table tls has settings, so that data would come unencrypted and no certificate be asked for", "set use_tls = true, or leave the table out")
	}
	return nil
}
