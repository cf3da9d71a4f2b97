package http

import (
	"bytes"
	"context"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/heka-project/heka/internal/httpx"
)

// maxWait is the longest pause that a server may ask for.
const maxWait = 5 * time.Minute

// maxDrain is how long a body is read once the status is known.
const maxDrain = time.Second

// answer is what a status means.
type answer uint8

const (
	taken answer = iota
	again
	never
)

// meaning sorts statuses. A redirect that was not followed is a fault of the
// configuration, not of the message.
func meaning(status int) answer {
	switch {
	case status >= 200 && status < 300:
		return taken
	case status == 408 || status == 429 || status >= 500 || status < 400:
		return again
	}
	return never
}

// send makes one request and notes in r what became of its messages. What the
// server refuses of several is sent in halves, until those that it does not want
// are found.
func (o *Output) send(ctx context.Context, c *nethttp.Client, r *request) {
	r.wait, r.err = o.part(ctx, c, r.items)
}

func (o *Output) part(ctx context.Context, c *nethttp.Client, items []item) (wait time.Duration, err error) {
	body, n := o.body(items)
	if n == 0 {
		return 0, nil
	}
	done := func(refusal string) {
		for i := range items {
			if !items[i].done {
				items[i].done, items[i].refusal = true, refusal
			}
		}
	}
	status, said, wait, err := o.post(ctx, c, body)
	if err != nil {
		o.failures.Add(1)
		return 0, err
	}
	switch meaning(status) {
	case taken:
		o.sent.Add(int64(n))
		o.bytes.Add(int64(len(body)))
		done("")
		return 0, nil
	case again:
		o.failures.Add(1)
		return wait, fmt.Errorf("the server answers %s", said)
	}
	if n == 1 {
		done("the server answers " + said)
		return 0, nil
	}
	half := len(items) / 2
	for _, p := range [][]item{items[:half], items[half:]} {
		if wait, err := o.part(ctx, c, p); err != nil {
			return wait, err
		}
	}
	return 0, nil
}

// body joins the messages that have bytes, and counts them.
func (o *Output) body(items []item) (body []byte, n int) {
	for _, it := range items {
		if it.done {
			continue
		}
		b := o.buf[it.from:it.to]
		n++
		if n == 1 {
			body = b[:len(b):len(b)]
			continue
		}
		if body[len(body)-1] != '\n' && !o.env.Encoding.Framed() {
			body = append(body, '\n')
		}
		body = append(body, b...)
	}
	return body, n
}

var gzips = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

var zstds = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic("bug: " + err.Error())
	}
	return e
})

// pack packs a body as the configuration says.
func (o *Output) pack(body []byte) []byte {
	switch o.cfg.Compression {
	case "gzip":
		z := gzips.Get().(*gzip.Writer)
		defer gzips.Put(z)
		var b bytes.Buffer
		z.Reset(&b)
		z.Write(body)
		z.Close()
		return b.Bytes()
	case "zstd":
		return zstds().EncodeAll(body, nil)
	}
	return body
}

// configured adds headers and credentials.
func (o *Output) configured(r *nethttp.Request) {
	for name, list := range o.cfg.Headers {
		if strings.EqualFold(name, "Host") {
			if len(list) > 0 {
				r.Host = list[0]
			}
			continue
		}
		r.Header[nethttp.CanonicalHeaderKey(name)] = list
	}
	if o.username != "" {
		r.SetBasicAuth(o.username, o.password)
	}
}

// post makes one request. said is the status with the head of the answer, quoted.
func (o *Output) post(ctx context.Context, c *nethttp.Client, body []byte) (status int, said string, wait time.Duration, err error) {
	o.requests.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.cfg.HTTPTimeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.cfg.HTTPTimeout)
		defer cancel()
	}
	var r *nethttp.Request
	if o.cfg.Method == "GET" {
		r, err = nethttp.NewRequestWithContext(ctx, "GET", o.url.String(), nil)
	} else {
		r, err = nethttp.NewRequestWithContext(ctx, o.cfg.Method, o.url.String(), bytes.NewReader(o.pack(body)))
	}
	if err != nil {
		return 0, "", 0, err
	}
	r.Header.Set("User-Agent", userAgent)
	if o.cfg.Compression != "" && r.Body != nil {
		r.Header.Set("Content-Encoding", o.cfg.Compression)
	}
	o.configured(r)
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", 0, causeOf(err, o.cfg.HTTPTimeout)
	}
	defer resp.Body.Close()
	defer time.AfterFunc(maxDrain, cancel).Stop() // the status says it all
	if meaning(resp.StatusCode) == taken {
		io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
		return resp.StatusCode, "", 0, nil
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxSaid))
	said = fmt.Sprintf("%d %s", resp.StatusCode, nethttp.StatusText(resp.StatusCode))
	if to := resp.Header.Get("Location"); to != "" && resp.StatusCode < 400 {
		said += fmt.Sprintf(" to %.200q, which is not followed; correct address", to)
	}
	if len(bytes.TrimSpace(text)) > 0 {
		said += fmt.Sprintf(": %q", bytes.TrimSpace(text))
	}
	return resp.StatusCode, said, httpx.RetryAfter(resp.Header, o.clock.Now(), maxWait), nil
}
