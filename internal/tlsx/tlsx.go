// Package tlsx is the TLS block that every plugin with a network side shares: its
// options, and certificates that are read anew when their files change.
//
//	[X.tls] ─Config─▶ Check ─▶ Server / Client ─▶ Source.Config() ─▶ crypto/tls
//	                                                 └ stat at each handshake
//
// TLS 1.2 is the lowest version spoken. Older ones may be named as min_version,
// for old configurations: that is raised to TLS 1.2 with a warning, as they no
// longer protect anything.
package tlsx

import (
	"cmp"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Config is the block. The zero value is a client that verifies its server by
// the system's roots.
type Config struct {
	ServerName             string   `toml:"server_name" doc:"Name that the server's certificate must carry; default: the host of the address."`
	CertFile               string   `toml:"cert_file" doc:"PEM file with the certificate and those between it and the root; servers need one."`
	KeyFile                string   `toml:"key_file" doc:"PEM file with the certificate's private key."`
	ClientAuth             string   `toml:"client_auth" default:"NoClientCert" enum:"NoClientCert,RequestClientCert,RequireAnyClientCert,VerifyClientCertIfGiven,RequireAndVerifyClientCert" doc:"What a server asks of a client's certificate."`
	ClientCAFile           string   `toml:"client_cafile" doc:"PEM file with the authorities that client certificates are verified by; default: the system's."`
	RootCAFile             string   `toml:"root_cafile" doc:"PEM file with the authorities that server certificates are verified by; default: the system's."`
	Ciphers                []string `toml:"ciphers" doc:"Cipher suites of TLS 1.2 that may be used, by name; default: Go's choice."`
	PreferServerCiphers    bool     `toml:"prefer_server_ciphers" default:"true" doc:"Accepted for old configurations; the best suite that both sides have is used."`
	InsecureSkipVerify     bool     `toml:"insecure_skip_verify" default:"false" doc:"Talk to a server whose certificate is not verified: anybody can read along."`
	SessionTicketsDisabled bool     `toml:"session_tickets_disabled" default:"false" doc:"Make every connection shake hands in full."`
	SessionTicketKey       string   `toml:"session_ticket_key" doc:"32 bytes in hex, the same on all servers that resume one another's sessions. Servers without one give no tickets, so that senders that write and hang up without reading lose nothing."`
	SesionTicketKey        string   `toml:"sesion_ticket_key" doc:"The same, as the original spelt it."`
	MinVersion             string   `toml:"min_version" enum:"SSL30,TLS10,TLS11,TLS12,TLS13" doc:"Lowest version spoken: TLS12 (default) or TLS13; lower ones are raised to TLS12."`
	MaxVersion             string   `toml:"max_version" enum:"SSL30,TLS10,TLS11,TLS12,TLS13" doc:"Highest version spoken; default: TLS13."`
}

// Problem is a complaint about one option of the block.
type Problem struct {
	Option string // its TOML name within the block
	What   string // what is wrong, to be read behind the option's name
	Fix    string // what to write instead
}

func (p *Problem) Error() string { return "tls." + p.Option + " " + p.What + "; " + p.Fix }

var versions = map[string]uint16{
	"": 0, "SSL30": 0x0300, "TLS10": tls.VersionTLS10, "TLS11": tls.VersionTLS11, "TLS12": tls.VersionTLS12, "TLS13": tls.VersionTLS13,
}

var clientAuths = map[string]tls.ClientAuthType{
	"": tls.NoClientCert, "NoClientCert": tls.NoClientCert, "RequestClientCert": tls.RequestClientCert, "RequireAnyClientCert": tls.RequireAnyClientCert,
	"VerifyClientCertIfGiven": tls.VerifyClientCertIfGiven, "RequireAndVerifyClientCert": tls.RequireAndVerifyClientCert,
}

// Check finds the first thing that is wrong in the block, without reading files.
func (c *Config) Check(server bool) *Problem {
	_, _, err := c.base(server)
	return err
}

// base builds what does not come from files, and warnings about it.
func (c *Config) base(server bool) (*tls.Config, []string, *Problem) {
	var warn []string
	if (c.CertFile == "") != (c.KeyFile == "") {
		have, miss := "cert_file", "key_file"
		if c.CertFile == "" {
			have, miss = miss, have
		}
		return nil, nil, &Problem{miss, "is missing while " + have + " is given", "give both, or neither for a client without a certificate"}
	}
	if server && c.CertFile == "" {
		return nil, nil, &Problem{"cert_file", "is missing, and a TLS server cannot do without", "give cert_file and key_file"}
	}
	auth, ok := clientAuths[c.ClientAuth]
	if !ok {
		return nil, nil, &Problem{"client_auth", fmt.Sprintf("= %q is unknown", c.ClientAuth),
			"use NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert"}
	}
	low, high, warn, p := c.versions()
	if p != nil {
		return nil, nil, p
	}
	suites, more, p := suites(c.Ciphers)
	if p != nil {
		return nil, nil, p
	}
	warn = append(warn, more...)
	if c.InsecureSkipVerify && !server {
		warn = append(warn, "insecure_skip_verify is on: whoever sits between can read and change everything")
	}
	t := &tls.Config{
		ServerName: c.ServerName, ClientAuth: auth, CipherSuites: suites, InsecureSkipVerify: c.InsecureSkipVerify,
		SessionTicketsDisabled: c.SessionTicketsDisabled, MinVersion: low, MaxVersion: high,
	}
	if key := cmp.Or(c.SessionTicketKey, c.SesionTicketKey); key != "" {
		b, err := hex.DecodeString(key)
		if err != nil || len(b) != 32 {
			option := "session_ticket_key"
			if c.SessionTicketKey == "" {
				option = "sesion_ticket_key"
			}
			return nil, nil, &Problem{option, "is not 32 bytes in hex", "make one with: openssl rand -hex 32"}
		}
		t.SetSessionTicketKeys([][32]byte{[32]byte(b)})
	} else if server {
		// A ticket of TLS 1.3 comes unasked behind the handshake. A sender that hangs
		// up without having read it resets the connection, and what it wrote last is lost.
		t.SessionTicketsDisabled = true
	}
	return t, warn, nil
}

// versions works out the range of versions.
func (c *Config) versions() (low, high uint16, warn []string, p *Problem) {
	low, okLow := versions[c.MinVersion]
	high, okHigh := versions[c.MaxVersion]
	const use = "use TLS12 or TLS13"
	switch {
	case !okLow:
		return 0, 0, nil, &Problem{"min_version", fmt.Sprintf("= %q is unknown", c.MinVersion), use}
	case !okHigh:
		return 0, 0, nil, &Problem{"max_version", fmt.Sprintf("= %q is unknown", c.MaxVersion), use}
	case high != 0 && high < low:
		return 0, 0, nil, &Problem{"max_version", fmt.Sprintf("= %q is below min_version = %q", c.MaxVersion, c.MinVersion), "swap them, or leave max_version out"}
	case high != 0 && high < tls.VersionTLS12:
		return 0, 0, nil, &Problem{"max_version", "= " + strconv.Quote(c.MaxVersion) + " is broken and no longer spoken", "use TLS12 or TLS13, or leave it out"}
	}
	if low != 0 && low < tls.VersionTLS12 {
		warn = append(warn, fmt.Sprintf("min_version %s is broken and no longer spoken: raised to TLS12", c.MinVersion))
	}
	return max(low, tls.VersionTLS12), high, warn, nil
}

// suites looks up cipher suites by name, with or without TLS_ in front.
func suites(names []string) (ids []uint16, warn []string, p *Problem) {
	byName := map[string]*tls.CipherSuite{}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		byName[strings.TrimPrefix(s.Name, "TLS_")] = s
	}
	for _, name := range names {
		s := byName[strings.TrimPrefix(name, "TLS_")]
		if s == nil {
			return nil, nil, &Problem{"ciphers", fmt.Sprintf("holds %q, which is no cipher suite", name), "use names such as ECDHE_RSA_WITH_AES_128_GCM_SHA256"}
		}
		if s.SupportedVersions[0] > tls.VersionTLS12 {
			return nil, nil, &Problem{"ciphers", "holds " + strconv.Quote(name) + ", a suite of TLS 1.3, which always offers all of its own", "leave it out"}
		}
		if s.Insecure {
			warn = append(warn, "cipher suite "+name+" is weak: use an ECDHE suite with GCM or CHACHA20")
		}
		ids = append(ids, s.ID)
	}
	return ids, warn, nil
}
