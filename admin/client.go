package admin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Client asks a running hekad.
type Client struct {
	http  *http.Client
	base  string
	token string
}

// NewClient takes the path of a unix socket or host:port of the TCP face, and
// the token that control over TCP needs.
func NewClient(target, token string) *Client {
	c := &Client{base: "http://" + target, token: token, http: &http.Client{Timeout: time.Minute}}
	if strings.ContainsRune(target, '/') || !strings.Contains(target, ":") {
		c.base = "http://localhost"
		c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", target)
		}}
	}
	return c
}

// Get returns the answer to a reading request.
func (c *Client) Get(path string) (string, error) { return c.do(http.MethodGet, path) }

// Post returns the answer to a controlling request.
func (c *Client) Post(path string) (string, error) { return c.do(http.MethodPost, path) }

const maxAnswer = 64 << 20

func (c *Client) do(method, path string) (string, error) {
	req, err := http.NewRequest(method, c.base+path, nil)
	if err != nil {
		return "", err
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask hekad: %w; is it running, and is this its admin socket or address?", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", fmt.Errorf("read hekad's answer: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		return "", errors.New(strings.TrimSpace(string(b)))
	}
	return string(b), nil
}
