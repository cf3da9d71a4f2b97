package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
)

// tlsOptions is the part of Heka's tls table that a client uses. The other keys
// are accepted.
type tlsOptions struct {
	ServerName string `toml:"server_name"`
	CertFile   string `toml:"cert_file"`
	KeyFile    string `toml:"key_file"`
	RootCAFile string `toml:"root_cafile"`
	Insecure   bool   `toml:"insecure_skip_verify"`
}

// client makes the settings for a connection to addr.
func (o *tlsOptions) client(addr string) (*tls.Config, error) {
	c := &tls.Config{ServerName: o.ServerName, InsecureSkipVerify: o.Insecure}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(addr)
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		return nil, errors.New("tls: cert_file and key_file go together; give both or none")
	}
	if o.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if o.RootCAFile != "" {
		pem, err := os.ReadFile(o.RootCAFile)
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls: root_cafile %s holds no certificate in PEM form", o.RootCAFile)
		}
	}
	return c, nil
}
