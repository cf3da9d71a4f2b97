package http

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/feed"
	"github.com/heka-project/heka/internal/httpx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

//go:embed README.md
var readme string

//go:embed http.toml
var sample string

func init() {
	plugin.RegisterInput("HttpInput", plugin.About{
		Doc:    "Asks one or more web servers by the clock and takes what they answer.",
		Readme: readme,
		Sample: sample,
		Ticker: defaultTicker,
	}, newInput)
}

const defaultTicker = 10 * time.Second

// InputConfig holds the options of HttpInput.
type InputConfig struct {
	URL             string            `toml:"url" doc:"Address to ask, beginning with http:// or https://."`
	URLs            []string          `toml:"urls" doc:"Addresses to ask, each by itself."`
	Method          string            `toml:"method" default:"GET" doc:"Method of the request."`
	Headers         map[string]string `toml:"headers" doc:"Headers of the request."`
	Body            string            `toml:"body" doc:"Body of the request."`
	Username        string            `toml:"username" doc:"Name for basic authentication."`
	Password        string            `toml:"password" doc:"Password for basic authentication."`
	SuccessSeverity int               `toml:"success_severity" default:"6" doc:"Severity of messages with an answer whose status is 200."`
	ErrorSeverity   int               `toml:"error_severity" default:"1" doc:"Severity of messages with any other answer, and with none."`
	HTTPTimeout     time.Duration     `toml:"http_timeout" unit:"ms" default:"30s" doc:"How long an answer may take, body included; 0 for ever."`
	MaxBodySize     plugin.Size       `toml:"max_body_size" default:"16MiB" doc:"Longest answer, unpacked; a longer one is an error."`
	TLS             tlsx.Config       `toml:"tls" doc:"TLS settings for https."`
}

// addresses lists what is to be asked.
func (c InputConfig) addresses() []string {
	if c.URL == "" {
		return c.URLs
	}
	return append([]string{c.URL}, c.URLs...)
}

// Validate checks what shows without the network.
func (c InputConfig) Validate() error {
	bad := func(option, what, fix string) error {
		return &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	if len(c.addresses()) == 0 {
		return bad("url", "there is no address to ask", `write url = "http://localhost/status", or a list of urls`)
	}
	for i, text := range c.addresses() {
		if _, _, _, err := parseURL(text); err != nil {
			option := "url"
			if c.URL == "" || i > 0 {
				option = "urls"
			}
			return bad(option, "the address "+err.Error(), `write it as "http://localhost:8080/status"`)
		}
	}
	for name, v := range c.Headers {
		if p := httpx.HeaderProblem(name, v); p != "" {
			return bad("headers", fmt.Sprintf("header %q %s", name, p), "correct it")
		}
	}
	for _, s := range []struct {
		option string
		n      int
	}{{"success_severity", c.SuccessSeverity}, {"error_severity", c.ErrorSeverity}} {
		if s.n < 0 || s.n > 7 {
			return bad(s.option, strconv.Itoa(s.n)+" is no severity", "write 0 (emergency) to 7 (debug)")
		}
	}
	switch {
	case httpx.HeaderProblem(c.Method, "") != "":
		return bad("method", strconv.Quote(c.Method)+" is no method", `write "GET", or another`)
	case c.Password != "" && c.Username == "":
		return bad("username", "is missing while password is given", "give it")
	case c.HTTPTimeout < 0:
		return bad("http_timeout", c.HTTPTimeout.String()+" is negative", "write 0 for no limit")
	case c.MaxBodySize < 1 || c.MaxBodySize > 1<<30:
		return bad("max_body_size", c.MaxBodySize.String()+" is out of range", "write up to 1GiB")
	}
	return tlsError(c.TLS.Check(false))
}

// Input asks. Each address has a goroutine of its own.
type Input struct {
	cfg   InputConfig // fixed after newInput, as are the four below
	env   plugin.Env
	clock clock.Clock
	tls   *tlsx.Source
	addrs []*address

	requests, failures, bytes atomic.Int64
}

// address is one URL. It belongs to its goroutine.
type address struct {
	in                 *Input
	url                *url.URL
	name               string // without credentials
	username, password string
	client             client

	severity int32 // of the messages of the answer at hand, as is all below
	resp     *nethttp.Response
	size     int64
	took     time.Duration
}

func newInput(cfg InputConfig, env plugin.Env) (plugin.Input, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	in := &Input{cfg: cfg, env: env, clock: env.Clock}
	if in.clock == nil {
		in.clock = clock.Real{}
	}
	if in.env.Ticker <= 0 {
		in.env.Ticker = defaultTicker
	}
	var err error
	if in.tls, err = in.cfg.TLS.Client(env.Log, in.clock.Now); err != nil {
		return nil, err
	}
	for _, text := range cfg.addresses() {
		a := &address{in: in}
		if a.url, a.username, a.password, err = parseURL(text); err != nil {
			return nil, err
		}
		a.name = a.url.String()
		if cfg.Username != "" {
			a.username, a.password = cfg.Username, cfg.Password
		}
		a.client = client{source: in.tls, conns: 1, policy: a.redirect}
		in.addrs = append(in.addrs, a)
	}
	return in, nil
}

// Run asks every address at once and then at every tick, until ctx ends.
func (in *Input) Run(ctx context.Context, host plugin.Host) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(in.addrs))
	var wg sync.WaitGroup
	for i, a := range in.addrs {
		wg.Go(func() {
			errs[i] = a.run(ctx, host)
			cancel() // one that ends ends all
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (a *address) run(ctx context.Context, host plugin.Host) error {
	in := a.in
	name := ""
	if len(in.addrs) > 1 {
		name = a.name
	}
	s, err := host.Open(plugin.StreamOptions{
		Name: name,
		Default: message.Header{
			Logger: a.name, Hostname: in.env.Hostname, Pid: int32(os.Getpid()), Severity: message.DefaultSeverity,
		},
		FlushWhole: true, Decorate: a.decorate,
	})
	if err != nil {
		return err
	}
	defer s.Close()
	defer a.client.close()
	for {
		err := a.ask(ctx, s)
		if err == nil {
			err = s.Send()
		}
		s.Idle()
		if ctx.Err() != nil || errors.Is(err, plugin.ErrStopped) {
			return nil
		}
		if err != nil {
			return err
		}
		t := in.clock.NewTimer(in.env.Ticker)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// ask makes one request and hands on what comes of it. The error is the stream's.
func (a *address) ask(ctx context.Context, s plugin.Stream) error {
	in := a.in
	in.requests.Add(1)
	body, err := a.fetch(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		in.failures.Add(1)
		return a.failed(s, causeOf(err, in.cfg.HTTPTimeout))
	}
	in.bytes.Add(int64(len(body)))
	a.severity = int32(in.cfg.SuccessSeverity)
	if a.resp.StatusCode != nethttp.StatusOK {
		a.severity = int32(in.cfg.ErrorSeverity)
	}
	if len(body) == 0 {
		return s.Record(nil)
	}
	if err := feed.Write(s, body, in.env.MaxMessageSize); err != nil {
		return err
	}
	return s.Flush()
}

// decorate makes a message one of an answer.
func (a *address) decorate(b *message.Builder) {
	b.Type, b.Severity = "heka.httpinput.data", a.severity
	b.Int("StatusCode", int64(a.resp.StatusCode), "")
	b.String("Status", a.resp.Status, "")
	b.Int("ResponseSize", a.size, "B")
	b.Double("ResponseTime", a.took.Seconds(), "s")
	b.String("Protocol", a.resp.Proto, "")
}

// failed makes the message of a request that got no answer.
func (a *address) failed(s plugin.Stream, err error) error {
	h := *s.Default()
	h.Timestamp = a.in.clock.Now().UnixNano()
	h.Type, h.Severity, h.Payload = "heka.httpinput.error", int32(a.in.cfg.ErrorSeverity), err.Error()
	b := s.Builder()
	b.Begin(&h)
	return b.End()
}

// fetch makes one request and reads its answer whole.
func (a *address) fetch(ctx context.Context) ([]byte, error) {
	cfg := &a.in.cfg
	if cfg.HTTPTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.HTTPTimeout)
		defer cancel()
	}
	var body io.Reader
	if cfg.Body != "" {
		body = strings.NewReader(cfg.Body)
	}
	r, err := nethttp.NewRequestWithContext(ctx, cfg.Method, a.url.String(), body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept-Encoding", httpx.AcceptEncoding)
	a.configured(r)
	began := time.Now()
	resp, err := a.client.of().Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := httpx.Body(nil, resp.Body, strings.Join(resp.Header.Values("Content-Encoding"), ", "), int(cfg.MaxBodySize), nil)
	if errors.Is(err, httpx.ErrTooLarge) {
		err = fmt.Errorf("the answer is longer than max_body_size (%v)", cfg.MaxBodySize)
	}
	if err != nil {
		return nil, err
	}
	a.resp, a.took, a.size = resp, time.Since(began), resp.ContentLength
	if a.size < 0 {
		a.size = int64(len(b))
	}
	return b, nil
}

// configured adds what only the configured host may see.
func (a *address) configured(r *nethttp.Request) {
	for name, v := range a.in.cfg.Headers {
		if strings.EqualFold(name, "Host") {
			r.Host = v
			continue
		}
		r.Header.Set(name, v)
	}
	if a.username != "" {
		r.SetBasicAuth(a.username, a.password)
	}
}

// redirect follows a few redirects. What another host gets is an empty request
// without credentials.
func (a *address) redirect(r *nethttp.Request, via []*nethttp.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if sameHost(a.url, r.URL) {
		a.configured(r)
		return nil
	}
	if r.Body != nil && r.Body != nethttp.NoBody {
		return fmt.Errorf("the body would go to another host, %s; correct url", r.URL.Host)
	}
	for name := range a.in.cfg.Headers {
		r.Header.Del(name)
	}
	r.Header.Del("Authorization")
	r.Header.Del("Cookie")
	r.Header.Del("Referer")
	r.Host = ""
	r.Header.Set("User-Agent", userAgent)
	r.Header.Set("Accept-Encoding", httpx.AcceptEncoding)
	return nil
}

// Reload reads the certificates anew.
func (in *Input) Reload() error {
	in.tls.Reload()
	return nil
}

// Report adds the figures of requests.
func (in *Input) Report(r *plugin.Report) {
	r.Int("Requests", in.requests.Load(), "count")
	r.Int("RequestsFailed", in.failures.Load(), "count")
	r.Int("BytesReceived", in.bytes.Load(), "B")
}
