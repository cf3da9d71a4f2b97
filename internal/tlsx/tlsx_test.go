package tlsx_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/internal/tlsx/tlstest"
)

var quiet = slog.New(slog.DiscardHandler)

// shake connects client to server and says what each side made of it.
func shake(t *testing.T, server, client *tls.Config) (atServer, atClient error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		tc := tls.Server(c, server)
		if _, err = io.ReadFull(tc, make([]byte, 2)); err == nil {
			_, err = tc.Write([]byte("ok"))
		}
		done <- err
	}()
	raw, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(20 * time.Second))
	c := tls.Client(raw, client)
	if atClient = c.Handshake(); atClient == nil {
		c.Write([]byte("hi"))
		_, atClient = io.ReadFull(c, make([]byte, 2))
	} else {
		raw.Close()
	}
	return <-done, atClient
}

// TestMatrix tries good and bad certificates and settings against each other.
func TestMatrix(t *testing.T) {
	ca, other := tlstest.New(t, "ca"), tlstest.New(t, "other")
	sub := ca.Sub(t, "sub")
	past, future := time.Now().Add(-time.Minute), time.Now().Add(time.Minute)
	caFile, otherFile := ca.File(t), other.File(t)
	type block = tlsx.Config
	srv := func(a *tlstest.Authority, l tlstest.Leaf) block {
		cert, key := a.Issue(t, l)
		return block{CertFile: cert, KeyFile: key}
	}
	good := srv(ca, tlstest.Leaf{})
	mutual := good
	mutual.ClientAuth, mutual.ClientCAFile = "RequireAndVerifyClientCert", caFile
	with := func(b block, f func(*block)) block { f(&b); return b }
	cli := func(a *tlstest.Authority, l tlstest.Leaf) block {
		l.Client = true
		b := srv(a, l)
		b.RootCAFile = caFile
		return b
	}
	trust := block{RootCAFile: caFile}
	withSub := srv(sub, tlstest.Leaf{})
	whole, _ := os.ReadFile(withSub.CertFile)
	chain := withSub
	chain.CertFile = filepath.Join(t.TempDir(), "chain.pem")
	tlstest.Write(t, chain.CertFile, append(whole, sub.PEM...))
	fake := srv(ca, tlstest.Leaf{}) // a leaf that plays authority
	for _, tt := range []struct {
		name           string
		server, client block
		ok             bool
	}{
		{"good", good, trust, true},
		{"expired", srv(ca, tlstest.Leaf{NotAfter: past}), trust, false},
		{"not valid yet", srv(ca, tlstest.Leaf{NotBefore: future}), trust, false},
		{"other host", srv(ca, tlstest.Leaf{Hosts: []string{"example.com"}}), trust, false},
		{"other host, named", srv(ca, tlstest.Leaf{Hosts: []string{"example.com"}}), with(trust, func(b *block) { b.ServerName = "example.com" }), true},
		{"no host", srv(ca, tlstest.Leaf{Hosts: []string{}}), trust, false},
		{"other authority", srv(other, tlstest.Leaf{}), trust, false},
		{"self-signed", srv(ca, tlstest.Leaf{Self: true}), trust, false},
		{"client's certificate at a server", srv(ca, tlstest.Leaf{Client: true, Hosts: []string{"127.0.0.1"}}), trust, false},
		{"system's roots do not know it", good, block{}, false},
		{"unverified on purpose", srv(other, tlstest.Leaf{NotAfter: past}), block{InsecureSkipVerify: true}, true},
		{"middle of the chain missing", withSub, trust, false},
		{"whole chain", chain, trust, true},
		{"mutual", mutual, cli(ca, tlstest.Leaf{}), true},
		{"mutual, no certificate", mutual, trust, false},
		{"mutual, other authority", mutual, cli(other, tlstest.Leaf{}), false},
		{"mutual, expired", mutual, cli(ca, tlstest.Leaf{NotAfter: past}), false},
		{"mutual, not valid yet", mutual, cli(ca, tlstest.Leaf{NotBefore: future}), false},
		{"mutual, server's certificate", mutual, with(srv(ca, tlstest.Leaf{}), func(b *block) { b.RootCAFile = caFile }), false},
		{"mutual, self-signed", mutual, cli(ca, tlstest.Leaf{Self: true}), false},
		{"mutual, server trusts others", with(mutual, func(b *block) { b.ClientCAFile = otherFile }), cli(ca, tlstest.Leaf{}), false},
		{"any certificate", with(mutual, func(b *block) { b.ClientAuth = "RequireAnyClientCert" }), cli(other, tlstest.Leaf{Self: true}), true},
		{"any certificate, none", with(mutual, func(b *block) { b.ClientAuth = "RequireAnyClientCert" }), trust, false},
		{"verify if given, none", with(mutual, func(b *block) { b.ClientAuth = "VerifyClientCertIfGiven" }), trust, true},
		{"verify if given, bad", with(mutual, func(b *block) { b.ClientAuth = "VerifyClientCertIfGiven" }), cli(other, tlstest.Leaf{}), false},
		{"requested, none", with(mutual, func(b *block) { b.ClientAuth = "RequestClientCert" }), trust, true},
		{"no version in common", with(good, func(b *block) { b.MinVersion = "TLS13" }), with(trust, func(b *block) { b.MaxVersion = "TLS12" }), false},
		{"old minimum still speaks new", with(good, func(b *block) { b.MinVersion = "SSL30" }), trust, true},
		{"no suite in common", with(good, func(b *block) {
			b.MaxVersion, b.Ciphers = "TLS12", []string{"ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}
		}), with(trust, func(b *block) { b.Ciphers = []string{"ECDHE_RSA_WITH_AES_128_GCM_SHA256"} }), false},
		{"suite in common", with(good, func(b *block) {
			b.MaxVersion, b.Ciphers = "TLS12", []string{"ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}
		}), trust, true},
		{"leaf as authority", fake, block{RootCAFile: otherFile}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := tt.server.Server(quiet, nil)
			if err != nil {
				t.Fatal(err)
			}
			c, err := tt.client.Client(quiet, nil)
			if err != nil {
				t.Fatal(err)
			}
			conf := c.Config().Clone()
			if len(conf.Certificates) > 0 { // show it even where the server would not ask for it
				conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &conf.Certificates[0], nil }
			}
			if conf.ServerName == "" {
				conf.ServerName = "127.0.0.1"
			}
			atServer, atClient := shake(t, s.Listener(), conf)
			if ok := atServer == nil && atClient == nil; ok != tt.ok {
				t.Errorf("handshake: server %v, client %v, want success %v", atServer, atClient, tt.ok)
			}
		})
	}
}

func TestOldVersionsAreRefused(t *testing.T) {
	ca := tlstest.New(t, "ca")
	cert, key := ca.Issue(t, tlstest.Leaf{})
	s, err := (&tlsx.Config{CertFile: cert, KeyFile: key, MinVersion: "TLS10"}).Server(quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	for v := uint16(tls.VersionTLS10); v < tls.VersionTLS12; v++ {
		if _, err := shake(t, s.Listener(), &tls.Config{MinVersion: v, MaxVersion: v, InsecureSkipVerify: true}); err == nil {
			t.Errorf("version %#x was spoken", v)
		}
	}
}

func TestCheck(t *testing.T) {
	pair := tlsx.Config{CertFile: "c", KeyFile: "k"}
	with := func(f func(*tlsx.Config)) tlsx.Config { c := pair; f(&c); return c }
	key := strings.Repeat("0a", 32)
	for _, tt := range []struct {
		name   string
		server bool
		c      tlsx.Config
		want   string // option complained about
	}{
		{"client", false, tlsx.Config{}, ""},
		{"server", true, pair, ""},
		{"server without certificate", true, tlsx.Config{}, "cert_file"},
		{"key missing", false, tlsx.Config{CertFile: "c"}, "key_file"},
		{"certificate missing", false, tlsx.Config{KeyFile: "k"}, "cert_file"},
		{"client_auth", true, with(func(c *tlsx.Config) { c.ClientAuth = "Always" }), "client_auth"},
		{"min_version", true, with(func(c *tlsx.Config) { c.MinVersion = "TLS1.2" }), "min_version"},
		{"max_version", true, with(func(c *tlsx.Config) { c.MaxVersion = "x" }), "max_version"},
		{"max below min", true, with(func(c *tlsx.Config) { c.MinVersion, c.MaxVersion = "TLS13", "TLS12" }), "max_version"},
		{"max too old", true, with(func(c *tlsx.Config) { c.MaxVersion = "TLS11" }), "max_version"},
		{"old min", true, with(func(c *tlsx.Config) { c.MinVersion, c.MaxVersion = "SSL30", "TLS12" }), ""},
		{"unknown suite", true, with(func(c *tlsx.Config) { c.Ciphers = []string{"RSA"} }), "ciphers"},
		{"suite of 1.3", true, with(func(c *tlsx.Config) { c.Ciphers = []string{"TLS_AES_128_GCM_SHA256"} }), "ciphers"},
		{"suite with TLS_", true, with(func(c *tlsx.Config) { c.Ciphers = []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"} }), ""},
		{"ticket key", true, with(func(c *tlsx.Config) { c.SessionTicketKey = key }), ""},
		{"ticket key, misspelt option", true, with(func(c *tlsx.Config) { c.SesionTicketKey = key }), ""},
		{"ticket key too short", true, with(func(c *tlsx.Config) { c.SessionTicketKey = key[2:] }), "session_ticket_key"},
		{"ticket key no hex", true, with(func(c *tlsx.Config) { c.SesionTicketKey = "xy" + key[2:] }), "sesion_ticket_key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if p := tt.c.Check(tt.server); p != nil {
				got = p.Option
				if p.What == "" || p.Fix == "" {
					t.Errorf("complaint %+v lacks what or fix", p)
				}
			}
			if got != tt.want {
				t.Errorf("complaint about %q, want %q", got, tt.want)
			}
		})
	}
	for _, name := range []string{"RSA_WITH_RC4_128_SHA", "RSA_WITH_3DES_EDE_CBC_SHA", "RSA_WITH_AES_128_CBC_SHA", "RSA_WITH_AES_256_CBC_SHA",
		"ECDHE_ECDSA_WITH_RC4_128_SHA", "ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE_RSA_WITH_RC4_128_SHA",
		"ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE_RSA_WITH_AES_128_GCM_SHA256",
		"ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"} {
		if p := (&tlsx.Config{Ciphers: []string{name}}).Check(false); p != nil {
			t.Errorf("suite of the original: %v", p)
		}
	}
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	ca := tlstest.New(t, "ca")
	cert, key := ca.Issue(t, tlstest.Leaf{})
	_, otherKey := ca.Issue(t, tlstest.Leaf{})
	empty := filepath.Join(t.TempDir(), "empty.pem")
	tlstest.Write(t, empty, nil)
	for _, tt := range []struct {
		name string
		c    tlsx.Config
		want []string
	}{
		{"no certificate file", tlsx.Config{CertFile: "/nowhere/c.pem", KeyFile: key}, []string{"cert_file", "/nowhere/c.pem", "check the path"}},
		{"no key file", tlsx.Config{CertFile: cert, KeyFile: "/nowhere/k.pem"}, []string{"key_file", "/nowhere/k.pem"}},
		{"key of another", tlsx.Config{CertFile: cert, KeyFile: otherKey}, []string{cert, otherKey, "does not match", "belongs to it"}},
		{"no PEM", tlsx.Config{CertFile: empty, KeyFile: key}, []string{empty, "PEM"}},
		{"no authorities", tlsx.Config{CertFile: cert, KeyFile: key, ClientAuth: "RequireAndVerifyClientCert", ClientCAFile: empty}, []string{"client_cafile", empty, "BEGIN CERTIFICATE"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.c.Server(quiet, nil)
			for _, want := range tt.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want one that says %q", err, want)
				}
			}
		})
	}
	if _, err := (&tlsx.Config{RootCAFile: "/nowhere/ca.pem"}).Client(quiet, nil); err == nil || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v, want that the file does not exist", err)
	}
	var p *tlsx.Problem
	if _, err := (&tlsx.Config{}).Server(quiet, nil); !errors.As(err, &p) || p.Option != "cert_file" {
		t.Errorf("error %v, want a Problem with cert_file", err)
	}
}

func TestChangedCertificatesAreUsed(t *testing.T) {
	ca := tlstest.New(t, "ca")
	cert, key := ca.Issue(t, tlstest.Leaf{Hosts: []string{"one.test"}})
	s, err := (&tlsx.Config{CertFile: cert, KeyFile: key}).Server(quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := (&tlsx.Config{RootCAFile: ca.File(t)}).Client(quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	listener := s.Listener()
	as := func(name string) error {
		conf := c.Config().Clone()
		conf.ServerName = name
		a, b := shake(t, listener, conf)
		return errors.Join(a, b)
	}
	touch := func(n int, names ...string) {
		for _, name := range names {
			if err := os.Chtimes(name, time.Time{}, time.Now().Add(time.Duration(n)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := as("one.test"); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(key)
	ca.Replace(t, tlstest.Leaf{Hosts: []string{"two.test"}}, cert, key)
	after, _ := os.ReadFile(key)
	tlstest.Write(t, key, before) // half a renewal: the new certificate with the old key
	touch(1, cert, key)
	if err := as("one.test"); err != nil || !s.Stale() {
		t.Errorf("during a renewal: %v, stale %v; want the old pair in use", err, s.Stale())
	}
	tlstest.Write(t, key, after)
	touch(2, key)
	if err := as("two.test"); err != nil || s.Stale() {
		t.Errorf("after a renewal: %v, stale %v", err, s.Stale())
	}
	if err := as("one.test"); err == nil {
		t.Error("the old certificate is still served")
	}
	if got := fmt.Sprintf("%p", s.Config()); got != fmt.Sprintf("%p", s.Config()) {
		t.Error("unchanged files make new settings, so sessions cannot be resumed")
	}
}

func TestSessionsResume(t *testing.T) {
	ca := tlstest.New(t, "ca")
	cert, key := ca.Issue(t, tlstest.Leaf{})
	s, err := (&tlsx.Config{CertFile: cert, KeyFile: key, SessionTicketKey: strings.Repeat("0b", 32)}).Server(quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	resumed := 0
	conf := &tls.Config{ServerName: "localhost", InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		if cs.DidResume {
			resumed++
		}
		return nil
	}
	for range 2 {
		if a, b := shake(t, s.Listener(), conf); a != nil || b != nil {
			t.Fatal(a, b)
		}
		s.Reload() // a shared ticket key outlives it
	}
	if resumed != 1 {
		t.Errorf("resumed %d sessions, want 1", resumed)
	}
}

// A client that writes and hangs up must not find a ticket unread behind the
// handshake: that would reset the connection.
func TestServersGiveNoTicketsUnasked(t *testing.T) {
	ca := tlstest.New(t, "ca")
	cert, key := ca.Issue(t, tlstest.Leaf{})
	s, err := (&tlsx.Config{CertFile: cert, KeyFile: key}).Server(quiet, nil)
	if err != nil {
		t.Fatal(err)
	}
	cache := &countingCache{}
	conf := &tls.Config{ServerName: "localhost", InsecureSkipVerify: true, ClientSessionCache: cache}
	if a, b := shake(t, s.Listener(), conf); a != nil || b != nil {
		t.Fatal(a, b)
	}
	if cache.puts != 0 {
		t.Errorf("server gave %d tickets, want none", cache.puts)
	}
}

type countingCache struct{ puts int }

func (c *countingCache) Get(string) (*tls.ClientSessionState, bool) { return nil, false }
func (c *countingCache) Put(string, *tls.ClientSessionState)        { c.puts++ }
