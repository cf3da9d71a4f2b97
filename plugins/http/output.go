package http

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/heka-project/heka/internal/clock"
	"github.com/heka-project/heka/internal/httpx"
	"github.com/heka-project/heka/internal/tlsx"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/plugin"
)

func init() {
	plugin.RegisterOutput("HttpOutput", plugin.About{
		Doc:          "Sends messages to a web server, one a request or several.",
		Readme:       readme,
		Sample:       sample,
		NeedsEncoder: true,
	}, newOutput)
}

// OutputConfig holds the options of HttpOutput.
type OutputConfig struct {
	Address     string              `toml:"address" required:"true" doc:"Address to send to, beginning with http:// or https://."`
	Method      string              `toml:"method" default:"POST" enum:"POST,PUT,GET" doc:"Method of the requests; GET sends no body, so that only the address is called."`
	Headers     map[string][]string `toml:"headers" doc:"Headers of the requests, each a list of values."`
	Username    string              `toml:"username" doc:"Name for basic authentication."`
	Password    string              `toml:"password" doc:"Password for basic authentication."`
	HTTPTimeout time.Duration       `toml:"http_timeout" unit:"ms" default:"30s" doc:"How long an answer may take; 0 for ever."`
	TLS         tlsx.Config         `toml:"tls" doc:"TLS settings for https."`
	BatchCount  int                 `toml:"batch_count" default:"1" doc:"Most messages in one request, a line end between two where the encoder wrote none."`
	BatchSize   plugin.Size         `toml:"batch_size" default:"1MiB" doc:"Bytes, unpacked, after which a request of several messages is sent."`
	Compression string              `toml:"compression" enum:"gzip,zstd" doc:"How bodies are packed; default: not."`
	Concurrency int                 `toml:"concurrency" default:"1" doc:"Requests on their way at a time; with more than 1 messages may arrive in another order."`
}

// Validate checks what shows without the network.
func (c OutputConfig) Validate() error {
	bad := func(option, what, fix string) error {
		return &plugin.OptionError{Option: option, What: what, Fix: fix}
	}
	if _, _, _, err := parseURL(c.Address); err != nil {
		return bad("address", "the address "+err.Error(), `write it as "https://collector.example.com/in"`)
	}
	for name, list := range c.Headers {
		for _, v := range append([]string{""}, list...) {
			if p := httpx.HeaderProblem(name, v); p != "" {
				return bad("headers", fmt.Sprintf("header %q %s", name, p), "correct it")
			}
		}
	}
	switch {
	case c.Method != "POST" && c.Method != "PUT" && c.Method != "GET":
		return bad("method", strconv.Quote(c.Method)+" is not offered", "use POST, PUT or GET")
	case c.Password != "" && c.Username == "":
		return bad("username", "is missing while password is given", "give it")
	case c.HTTPTimeout < 0:
		return bad("http_timeout", c.HTTPTimeout.String()+" is negative", "write 0 for no limit")
	case c.BatchCount < 1 || c.BatchCount > 100000:
		return bad("batch_count", strconv.Itoa(c.BatchCount)+" is out of range", "write 1 to 100000")
	case c.BatchCount > 1 && c.Method == "GET":
		return bad("batch_count", "is more than 1, but GET sends no body", "use POST or PUT")
	case c.BatchSize < 1 || c.BatchSize > 1<<28:
		return bad("batch_size", c.BatchSize.String()+" is out of range", "write up to 256MiB")
	case c.Concurrency < 1 || c.Concurrency > 64:
		return bad("concurrency", strconv.Itoa(c.Concurrency)+" is out of range", "write 1 to 64")
	}
	return tlsError(c.TLS.Check(false))
}

// Output sends. Its goroutine owns all but the counters; the goroutines that wait
// for answers only read what is fixed.
type Output struct {
	cfg                OutputConfig // fixed after newOutput, as are the five below
	env                plugin.Env
	clock              clock.Clock
	tls                *tlsx.Source
	url                *url.URL
	username, password string

	client client
	notYet time.Time         // the server does not want more before
	ahead  map[[16]byte]bool // taken by the server, though one before them was not
	view   message.View
	buf    []byte // bodies of the requests at hand
	reqs   []request

	requests, failures, sent, bytes, refused atomic.Int64
}

// item is a message on its way.
type item struct {
	sel, at  int // selection, and index in it
	from, to int // its bytes in Output.buf; none when the encoder passed it over
	id       [16]byte

	done    bool   // the server has it, or will never take it
	refusal string // why it will never take it
}

// request is some messages, and what became of them.
type request struct {
	items []item
	err   error         // those that are not done are to be tried again
	wait  time.Duration // and not before
}

func newOutput(cfg OutputConfig, env plugin.Env) (plugin.Output, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if env.Encoding == nil {
		return nil, errors.New("bug: HttpOutput without an encoding")
	}
	o := &Output{cfg: cfg, env: env, clock: env.Clock, ahead: map[[16]byte]bool{}}
	if o.clock == nil {
		o.clock = clock.Real{}
	}
	var err error
	if o.url, o.username, o.password, err = parseURL(cfg.Address); err != nil {
		return nil, err
	}
	if cfg.Username != "" {
		o.username, o.password = cfg.Username, cfg.Password
	}
	if o.tls, err = o.cfg.TLS.Client(env.Log, o.clock.Now); err != nil {
		return nil, err
	}
	o.client = client{source: o.tls, conns: cfg.Concurrency, policy: o.redirect}
	return o, nil
}

// Deliver sends what is left of the selections, a few requests at a time, and
// marks what the server took. The error is that of the first message that is to
// be tried again; what was taken behind it is not sent twice.
func (o *Output) Deliver(ctx context.Context, in []message.Selection) error {
	if d := o.notYet.Sub(o.clock.Now()); d > 0 {
		return fmt.Errorf("send to %s: the server asks for a pause (Retry-After), %v are left: %w", o.url.Redacted(), d.Round(time.Millisecond), plugin.ErrRetry)
	}
	k, i := 0, -1 // where to go on
	for k < len(in) {
		k, i = o.collect(in, k, i)
		if len(o.reqs) == 0 {
			break
		}
		o.sendAll(ctx)
		if err := o.settle(in); err != nil {
			return fmt.Errorf("send to %s: %w: %w", o.url.Redacted(), err, plugin.ErrRetry)
		}
	}
	for k := range in {
		in[k].Done(in[k].Batch.Len())
	}
	clear(o.ahead)
	return nil
}

// collect fills reqs with the next messages, behind message i of selection k, and
// returns how far it came.
func (o *Output) collect(in []message.Selection, k, i int) (int, int) {
	o.buf, o.reqs = o.buf[:0], o.reqs[:0]
	var r request
	begin := 0
	for ; k < len(in); k, i = k+1, -1 {
		for j := in[k].Next(i); j >= 0; j = in[k].Next(j) {
			i = j
			r.items = append(r.items, o.encode(&in[k], k, j))
			if len(r.items) >= o.cfg.BatchCount || len(o.buf)-begin >= int(o.cfg.BatchSize) {
				o.reqs = append(o.reqs, r)
				r, begin = request{}, len(o.buf)
				if len(o.reqs) == o.cfg.Concurrency {
					return k, i
				}
			}
		}
	}
	if len(r.items) > 0 {
		o.reqs = append(o.reqs, r)
	}
	return k, i
}

// encode appends one message to buf.
func (o *Output) encode(s *message.Selection, k, j int) item {
	it := item{sel: k, at: j, from: len(o.buf)}
	if o.view.Parse(s.At(j), nil) {
		copy(it.id[:], o.view.UUID())
	}
	if o.ahead[it.id] { // a retry: the server has it
		it.to, it.done = it.from, true
		return it
	}
	out, err := o.env.Encoding.Append(o.buf, s.At(j))
	if err != nil {
		it.refusal = "encode: " + err.Error()
		out = out[:it.from]
	}
	o.buf = out
	it.to = len(out)
	it.done = it.to == it.from
	return it
}

// sendAll sends the requests side by side and waits for all answers.
func (o *Output) sendAll(ctx context.Context) {
	c := o.client.of()
	if len(o.reqs) == 1 {
		o.send(ctx, c, &o.reqs[0])
		return
	}
	var wg sync.WaitGroup
	for k := range o.reqs {
		wg.Go(func() { o.send(ctx, c, &o.reqs[k]) })
	}
	wg.Wait()
}

// settle marks what became of the requests, up to the first that is to be tried
// again, and notes what was taken behind it.
func (o *Output) settle(in []message.Selection) error {
	var failed error
	for k := range o.reqs {
		r := &o.reqs[k]
		if r.wait > 0 {
			if until := o.clock.Now().Add(r.wait); until.After(o.notYet) {
				o.notYet = until
			}
		}
		for i := range r.items {
			it := &r.items[i]
			if !it.done && failed == nil {
				failed = r.err
			}
			switch {
			case failed == nil:
				s := &in[it.sel]
				if it.refusal != "" {
					o.refused.Add(1)
					s.Refuse(it.at, it.refusal)
				}
				s.Done(it.at + 1)
				delete(o.ahead, it.id)
			case it.done && it.refusal == "":
				o.ahead[it.id] = true
			}
		}
	}
	return failed
}

// Reload reads the certificates anew.
func (o *Output) Reload() error {
	o.tls.Reload()
	return nil
}

// Stop ends idle connections.
func (o *Output) Stop() error {
	o.client.close()
	return nil
}

// redirect stays with the configured host and sends the body again; anything else
// is an answer like others.
func (o *Output) redirect(r *nethttp.Request, via []*nethttp.Request) error {
	if len(via) > maxRedirects || r.Method != o.cfg.Method || !sameHost(o.url, r.URL) {
		return nethttp.ErrUseLastResponse
	}
	o.configured(r)
	return nil
}

// Report adds the figures of requests.
func (o *Output) Report(r *plugin.Report) {
	r.Int("Requests", o.requests.Load(), "count")
	r.Int("RequestsFailed", o.failures.Load(), "count")
	r.Int("SentMessageCount", o.sent.Load(), "count")
	r.Int("SentBytes", o.bytes.Load(), "B")
	r.Int("RefusedMessageCount", o.refused.Load(), "count")
}
