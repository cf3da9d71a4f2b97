// Package http holds HttpInput, which asks web servers by the clock, and
// HttpOutput, which sends messages to one.
//
//	HttpInput   ticker ─▶ GET url ─▶ answer, unpacked, at most max_body_size ─▶ stream of that URL
//	HttpOutput  selections ─ encode ─▶ requests, some at a time ─▶ status: done, again, refused
//
// Nothing that a server answers is believed without a limit: headers, bodies,
// redirects and time are bounded. To another host neither credentials nor headers
// of the configuration go.
package http

import (
	"context"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/plugin"
)

const (
	userAgent    = "Heka"
	dialTimeout  = 10 * time.Second
	maxHeaders   = 64 << 10 // bytes of an answer's headers
	maxRedirects = 10
	maxSaid      = 500 // bytes of an answer's body that an error quotes
)

// client is an HTTP client whose TLS settings follow their files. One goroutine
// calls of; what it returns serves any number.
type client struct {
	source *tlsx.Source // nil: the system's roots
	conns  int          // idle connections to a host
	policy func(*nethttp.Request, []*nethttp.Request) error

	http *nethttp.Client
	made any // the settings that http was made with
}

// of returns the client of the moment.
func (c *client) of() *nethttp.Client {
	var made any
	if c.source != nil {
		made = c.source.Config()
	}
	if c.http != nil && c.made == made {
		return c.http
	}
	c.close()
	t := &nethttp.Transport{
		Proxy:                  nethttp.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    c.conns,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: maxHeaders,
		DisableCompression:     true,
	}
	if c.source != nil {
		t.TLSClientConfig = c.source.Config().Clone()
	}
	c.http, c.made = &nethttp.Client{Transport: t, CheckRedirect: c.policy}, made
	return c.http
}

func (c *client) close() {
	if c.http != nil {
		c.http.CloseIdleConnections()
		c.http = nil
	}
}

// sameHost reports whether a redirect stays with the server that was asked, or
// goes from its plain to its encrypted side.
func sameHost(from, to *url.URL) bool {
	if !strings.EqualFold(from.Hostname(), to.Hostname()) {
		return false
	}
	return from.Scheme == to.Scheme && port(from) == port(to) || from.Scheme == "http" && to.Scheme == "https"
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// parseURL reads an address of a configuration. Credentials in it are taken out.
func parseURL(text string) (u *url.URL, username, password string, err error) {
	u, err = url.Parse(text)
	switch {
	case err != nil:
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err // without the text, which may hold a password
		}
		return nil, "", "", err
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "", "", errors.New("does not begin with http:// or https://")
	case u.Hostname() == "":
		return nil, "", "", errors.New("names no host")
	}
	if u.User != nil {
		username = u.User.Username()
		password, _ = u.User.Password()
		u.User = nil
	}
	return u, username, password, nil
}

// causeOf takes the URL out of an error of package http, whose text we say
// ourselves, and names a time limit for what it is.
func causeOf(err error, limit time.Duration) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no whole answer within http_timeout (%v)", limit)
	}
	return err
}

func tlsError(p *tlsx.Problem) error {
	if p == nil {
		return nil
	}
	return &plugin.OptionError{Option: "tls." + p.Option, What: "tls." + p.Option + " " + p.What, Fix: p.Fix}
}
