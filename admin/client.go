package admin

import (
	"context"
	"encoding/json"
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

// Inject sends framed messages until body ends. With acked it returns once every
// message has been delivered or lies in the journal.
func (c *Client) Inject(ctx context.Context, body io.Reader, acked bool) (a Injected, err error) {
	path := "/inject"
	if acked {
		path += "?ack=1"
	}
	err = c.ask(ctx, path, body, &a)
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	return a, err
}

// Requeue has dead letters tried again.
func (c *Client) Requeue(ctx context.Context, query string) (a Requeued, err error) {
	err = c.ask(ctx, "/deadletter/requeue?"+query, nil, &a)
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	return a, err
}

// ask posts body, however long that lasts, and reads an answer in JSON, which a
// refusal may be too.
func (c *Client) ask(ctx context.Context, path string, body io.Reader, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, body)
	if err != nil {
		return err
	}
	patient := *c.http
	patient.Timeout = 0
	resp, err := c.send(&patient, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read hekad's answer: %w", err)
	}
	if resp.Header.Get("Content-Type") != "application/json" {
		return errors.New(strings.TrimSpace(string(b)))
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read hekad's answer: %w", err)
	}
	return nil
}

// ErrNoDaemon means that no hekad answers.
var ErrNoDaemon = errors.New("is it running, and is this its admin socket or address?")

func (c *Client) send(h *http.Client, req *http.Request) (*http.Response, error) {
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := h.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask hekad: %w; %w", err, ErrNoDaemon)
	}
	return resp, nil
}

const maxAnswer = 64 << 20

func (c *Client) do(method, path string) (string, error) {
	req, err := http.NewRequest(method, c.base+path, nil)
	if err != nil {
		return "", err
	}
	return c.text(req)
}

// text returns an answer that is text; a refusal is an error.
func (c *Client) text(req *http.Request) (string, error) {
	resp, err := c.send(c.http, req)
	if err != nil {
		return "", err
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
