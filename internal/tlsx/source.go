package tlsx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Source gives the TLS settings of the moment. Safe for any number of goroutines.
type Source struct {
	block  *Config
	base   *tls.Config // without what comes from files
	server bool
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	current *tls.Config // guarded by mu, as are the two below
	stamps  []stamp     // of the files when they were last read
	failed  bool        // reading them went wrong, so current is older
}

// stamp tells whether a file has changed.
type stamp struct {
	mtime time.Time
	size  int64
	found bool
}

// Server reads the block as a server's. A *Problem, or an error that names the
// file and the cure. now tells the time for the validity of certificates, nil for
// the machine's clock.
func (c *Config) Server(log *slog.Logger, now func() time.Time) (*Source, error) {
	return c.source(true, log, now)
}

// Client reads the block as a client's.
func (c *Config) Client(log *slog.Logger, now func() time.Time) (*Source, error) {
	return c.source(false, log, now)
}

func (c *Config) source(server bool, log *slog.Logger, now func() time.Time) (*Source, error) {
	base, warn, p := c.base(server)
	if p != nil {
		return nil, p
	}
	for _, w := range warn {
		log.Warn("tls: " + w)
	}
	if now == nil {
		now = time.Now
	}
	base.Time = now
	s := &Source{block: c, base: base, server: server, log: log, now: now, stamps: c.stamps()}
	var err error
	if s.current, err = s.load(); err != nil {
		return nil, err
	}
	return s, nil
}

// Listener returns the settings for a listener that lives on while the files
// change: each handshake asks Config.
func (s *Source) Listener() *tls.Config {
	return &tls.Config{
		MinVersion: s.base.MinVersion,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return s.Config(), nil
		},
	}
}

// Config returns the settings, read anew when a file has changed since. Files
// that cannot be read, or do not fit together, leave the settings as they were,
// with one warning: a renewal may be under way.
func (s *Source) Config() *tls.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.block.stamps(); !same(now, s.stamps) {
		s.stamps = now
		s.renew()
	}
	return s.current
}

// Reload reads the files anew, changed or not.
func (s *Source) Reload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamps = s.block.stamps()
	s.renew()
}

// renew is called with mu held.
func (s *Source) renew() {
	next, err := s.load()
	if err != nil {
		s.log.Warn("tls: changed files not taken, the ones before stay in use", "error", err)
		s.failed = true
		return
	}
	s.log.Info("tls: certificates read anew")
	s.current, s.failed = next, false
}

// Stale reports whether the files hold something that could not be taken.
func (s *Source) Stale() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func (c *Config) files() []string {
	return []string{c.CertFile, c.KeyFile, c.ClientCAFile, c.RootCAFile}
}

func (c *Config) stamps() []stamp {
	list := make([]stamp, 4)
	for i, name := range c.files() {
		if name == "" {
			continue
		}
		if st, err := os.Stat(name); err == nil {
			list[i] = stamp{st.ModTime(), st.Size(), true}
		}
	}
	return list
}

func same(a, b []stamp) bool {
	for i := range a {
		if !a[i].mtime.Equal(b[i].mtime) || a[i].size != b[i].size || a[i].found != b[i].found {
			return false
		}
	}
	return true
}

// load reads the files.
func (s *Source) load() (*tls.Config, error) {
	c := s.block
	t := s.base.Clone()
	if c.CertFile != "" {
		pair, err := s.pair()
		if err != nil {
			return nil, err
		}
		t.Certificates = []tls.Certificate{pair}
	}
	var err error
	if s.server && t.ClientAuth >= tls.VerifyClientCertIfGiven { // else it would only keep clients from showing theirs
		t.ClientCAs, err = pool("client_cafile", c.ClientCAFile)
	} else if !s.server {
		t.RootCAs, err = pool("root_cafile", c.RootCAFile)
	}
	return t, err
}

// pair reads certificate and key.
func (s *Source) pair() (tls.Certificate, error) {
	var none tls.Certificate
	cert, err := read("cert_file", s.block.CertFile)
	if err != nil {
		return none, err
	}
	key, err := read("key_file", s.block.KeyFile)
	if err != nil {
		return none, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return none, fmt.Errorf("tls: use cert_file %q with key_file %q: %w; give the PEM certificate and the PEM key that belongs to it", s.block.CertFile, s.block.KeyFile, err)
	}
	if leaf := pair.Leaf; leaf != nil {
		switch now := s.now(); {
		case now.After(leaf.NotAfter):
			s.log.Warn("tls: certificate has expired; renew it", "cert_file", s.block.CertFile, "expired", leaf.NotAfter)
		case now.Before(leaf.NotBefore):
			s.log.Warn("tls: certificate is not valid yet; check the clock", "cert_file", s.block.CertFile, "valid", leaf.NotBefore)
		}
	}
	return pair, nil
}

// pool reads authorities; nil stands for the system's.
func pool(option, name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	b, err := read(option, name)
	if err != nil {
		return nil, err
	}
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(b) {
		return nil, fmt.Errorf("tls: read %s %q: no PEM certificate in it; give the file that begins with BEGIN CERTIFICATE", option, name)
	}
	return p, nil
}

func read(option, name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err == nil {
		return b, nil
	}
	cure := "check the path"
	if errors.Is(err, fs.ErrPermission) {
		cure = "let the user that hekad runs as read it"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return nil, fmt.Errorf("tls: read %s %q: %w; %s", option, name, err, cure)
}
