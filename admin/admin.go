// Package admin is the management face of a running hekad: reports, metrics,
// health, reload, profiles.
//
//	unix socket (0600) ── everything
//	loopback TCP ──────── reading; with the token everything
//
// Every request to the TCP face must name a loopback host, so that a page in a
// browser cannot reach it under another name. All bodies, headers and times are
// bounded.
package admin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/heka-project/heka/pipeline"
)

// Options say where the server listens and what it may do.
type Options struct {
	Socket  string   // path of the unix socket, "" for none
	Address string   // host:port, "" for none
	Token   string   // what control over TCP needs; "" keeps TCP read-only
	Version string   // shown by /version
	Config  string   // path of the configuration
	Reload  Reloader // nil: there is none to reload
	Log     *slog.Logger
}

// Server answers requests about one engine.
type Server struct {
	eng  *pipeline.Engine
	o    Options
	mux  *http.ServeMux
	http []*http.Server
	addr net.Addr // of the TCP face
}

const maxConns = 64 // at once, on each face

// New makes a server that does not listen yet.
func New(eng *pipeline.Engine, o Options) *Server {
	s := &Server{eng: eng, o: o}
	s.mux = s.routes()
	return s
}

// Start listens. An address that cannot be had is an error; nothing listens then.
func (s *Server) Start() error {
	if s.o.Socket != "" {
		l, err := listenUnix(s.o.Socket)
		if err != nil {
			return fmt.Errorf("admin_socket %s: %w", s.o.Socket, err)
		}
		s.serve(l, s.mux)
	}
	if s.o.Address != "" {
		if err := loopback(s.o.Address); err != nil {
			s.Stop()
			return fmt.Errorf("admin_address %s: %w", s.o.Address, err)
		}
		l, err := net.Listen("tcp", s.o.Address)
		if err != nil {
			s.Stop()
			return fmt.Errorf("admin_address %s: %w; choose another, or \"\" for none", s.o.Address, err)
		}
		s.addr = l.Addr()
		s.serve(l, s.guard(s.mux))
	}
	return nil
}

// Addr is the address of the TCP face, nil without one.
func (s *Server) Addr() net.Addr { return s.addr }

func (s *Server) serve(l net.Listener, h http.Handler) {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 5 * time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.o.Log.Handler(), slog.LevelDebug)}
	s.http = append(s.http, srv)
	go func() {
		if err := srv.Serve(&limited{Listener: l, slots: make(chan struct{}, maxConns)}); !errors.Is(err, http.ErrServerClosed) {
			s.o.Log.Error("admin interface", "err", err)
		}
	}()
}

// Stop ends all faces; requests under way get two seconds.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, srv := range s.http {
		if srv.Shutdown(ctx) != nil {
			srv.Close()
		}
	}
	s.http = nil
}

// listenUnix takes over a socket file that nobody answers on.
func listenUnix(path string) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, errors.New("another hekad answers there; stop it, or give this one its own base_dir")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if st, err := os.Lstat(path); err == nil {
		if st.Mode()&fs.ModeSocket == 0 {
			return nil, errors.New("a file that is not a socket is in the way; remove it")
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// loopback refuses an address that other machines could reach.
func loopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%w; write host:port", err)
	}
	if !isLoopback(host) {
		return errors.New("is not a loopback address; use 127.0.0.1 and a tunnel or proxy in front")
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}

// guard is the TCP face's door: the Host is checked, and everything but reading
// needs the token.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if !isLoopback(host) {
			http.Error(w, "this interface answers to loopback names only", http.StatusMisdirectedRequest)
			return
		}
		if needsToken(r) && !s.authorized(r) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="hekad"`)
			http.Error(w, "this needs the admin token: set admin_token and send it as \"Authorization: Bearer TOKEN\", or use the unix socket", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func needsToken(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(r.URL.Path, "/debug/")
}

// authorized compares digests, so that neither content nor length shows in the
// time it takes.
func (s *Server) authorized(r *http.Request) bool {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || s.o.Token == "" {
		return false
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.o.Token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// limited accepts no more connections than it has slots.
type limited struct {
	net.Listener
	slots chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	l.slots <- struct{}{}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &slotConn{Conn: c, slots: l.slots}, nil
}
