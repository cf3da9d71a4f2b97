// Package tlstest makes certificates for tests: good ones, and ones that are bad
// in exactly one way.
package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Leaf says what a certificate is good for. The zero value is a server's for
// 127.0.0.1 and localhost, valid now.
type Leaf struct {
	Hosts     []string
	NotBefore time.Time
	NotAfter  time.Time
	Client    bool // for clients, not for servers
	IsCA      bool
	Self      bool // signed by itself
}

// Authority signs certificates.
type Authority struct {
	Cert *x509.Certificate
	PEM  []byte
	key  *ecdsa.PrivateKey
}

var serial int64

// New makes an authority.
func New(t testing.TB, name string) *Authority {
	t.Helper()
	root := &Authority{}
	cert, key := root.issue(t, name, Leaf{IsCA: true, Self: true})
	root.adopt(t, cert, key)
	return root
}

// Sub makes an authority whose certificate a signs.
func (a *Authority) Sub(t testing.TB, name string) *Authority {
	t.Helper()
	sub := &Authority{}
	cert, key := a.issue(t, name, Leaf{IsCA: true})
	sub.adopt(t, cert, key)
	return sub
}

func (a *Authority) adopt(t testing.TB, der []byte, key *ecdsa.PrivateKey) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.Cert, a.key, a.PEM = cert, key, encode("CERTIFICATE", der)
}

// Issue signs a certificate and writes it and its key into a folder of their own.
func (a *Authority) Issue(t testing.TB, l Leaf) (certFile, keyFile string) {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	a.Replace(t, l, certFile, keyFile)
	return certFile, keyFile
}

// Replace is Issue into files that may exist.
func (a *Authority) Replace(t testing.TB, l Leaf, certFile, keyFile string) {
	t.Helper()
	cert, key := a.issue(t, "leaf", l)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	Write(t, keyFile, encode("PRIVATE KEY", der))
	Write(t, certFile, encode("CERTIFICATE", cert))
}

// File writes the authority's own certificate.
func (a *Authority) File(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	Write(t, name, a.PEM)
	return name
}

// Write writes a file.
func Write(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func (a *Authority) issue(t testing.TB, name string, l Leaf) ([]byte, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial++
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano() + serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true, IsCA: l.IsCA,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if !l.NotBefore.IsZero() {
		tmpl.NotBefore = l.NotBefore
	}
	if !l.NotAfter.IsZero() {
		tmpl.NotAfter = l.NotAfter
	}
	if l.Client {
		tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if l.IsCA {
		tmpl.KeyUsage, tmpl.ExtKeyUsage = x509.KeyUsageCertSign, nil
	}
	hosts := l.Hosts
	if hosts == nil && !l.Client && !l.IsCA {
		hosts = []string{"127.0.0.1", "localhost"}
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	parent, signer := a.Cert, a.key
	if l.Self {
		parent, signer = tmpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return der, key
}
