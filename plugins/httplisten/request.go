package httplisten

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/heka-project/heka/internal/httpx"
)

// serve answers one request.
func (in *Input) serve(w http.ResponseWriter, r *http.Request) {
	in.requests.Add(1)
	h := w.Header()
	for name, list := range in.cfg.Headers {
		h[http.CanonicalHeaderKey(name)] = list
	}
	if !in.allowed(r) {
		in.unauthorized.Add(1)
		if in.cfg.AuthType != "API" {
			h.Set("WWW-Authenticate", map[string]string{"Basic": `Basic realm="heka", charset="UTF-8"`, "Token": `Bearer realm="heka"`}[in.cfg.AuthType])
		}
		in.say(w, http.StatusUnauthorized, "the credentials are missing or wrong")
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		in.refuse(w, http.StatusBadRequest, "the query cannot be read: "+err.Error())
		return
	}
	read := r.Method == http.MethodGet || r.Method == http.MethodHead
	if r.Body == http.NoBody && read && len(query) == 0 {
		in.health(w)
		return
	}
	body, free, status, err := in.body(w, r)
	if err != nil {
		free()
		switch status {
		case 0: // the sender is gone
			in.refused.Add(1)
			panic(http.ErrAbortHandler)
		case http.StatusTooManyRequests:
			in.overload(w, status, err.Error())
		default:
			in.refuse(w, status, err.Error())
		}
		return
	}
	if len(body) == 0 && len(query) == 0 {
		free()
		in.say(w, http.StatusOK, "")
		return
	}
	in.take(w, in.fields(r, query), body, free)
}

// allowed reports whether the sender may send. Where nothing is asked for it may.
func (in *Input) allowed(r *http.Request) bool {
	switch in.cfg.AuthType {
	case "":
		return true
	case "Basic":
		name, password, ok := r.BasicAuth()
		good := httpx.Equal(name, in.cfg.Username)
		return httpx.Equal(password, in.cfg.Password) && good && ok
	case "API":
		return httpx.Equal(r.Header.Get("X-API-Key"), in.cfg.APIKey)
	case "Token":
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		return httpx.Equal(strings.TrimSpace(token), in.cfg.Token) && strings.EqualFold(scheme, "Bearer")
	}
	return false
}

// health answers who only asks whether the input takes messages.
func (in *Input) health(w http.ResponseWriter) {
	select {
	case l := <-in.lanes:
		in.lanes <- l
		in.say(w, http.StatusOK, "")
	default:
		in.overload(w, http.StatusServiceUnavailable, "no more is taken at the moment")
	}
}

var errCrowded = errors.New("too many bodies at a time")

// body reads a request's body whole. free gives its memory back and is to be
// called once, whatever else is returned. A status of 0 means that nobody waits
// for one.
func (in *Input) body(w http.ResponseWriter, r *http.Request) (b []byte, free func(), status int, err error) {
	max := int(in.cfg.MaxBodySize)
	held := int64(0)
	free = func() { in.buffered.Add(-held) }
	grow := func(n int) error {
		held += int64(n)
		if in.buffered.Add(int64(n)) > int64(in.cfg.MaxBuffered) {
			return errCrowded
		}
		return nil
	}
	enc := strings.Join(r.Header.Values("Content-Encoding"), ", ")
	switch n := r.ContentLength; {
	case n > int64(max):
		return nil, free, http.StatusRequestEntityTooLarge, httpx.ErrTooLarge
	case n > 0 && enc == "":
		if err := grow(int(n)); err != nil {
			return nil, free, http.StatusTooManyRequests, err
		}
		b = make([]byte, 0, n)
	}
	b, err = httpx.Body(b, http.MaxBytesReader(w, r.Body, int64(max)), enc, max, grow)
	in.bytes.Add(int64(len(b)))
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return b, free, http.StatusOK, nil
	case errors.Is(err, errCrowded):
		return nil, free, http.StatusTooManyRequests, err
	case errors.Is(err, httpx.ErrTooLarge), errors.As(err, &large):
		return nil, free, http.StatusRequestEntityTooLarge, httpx.ErrTooLarge
	case errors.Is(err, httpx.ErrEncoding):
		w.Header().Set("Accept-Encoding", httpx.AcceptEncoding)
		return nil, free, http.StatusUnsupportedMediaType, err
	case errors.Is(err, httpx.ErrDamaged):
		return nil, free, http.StatusBadRequest, err
	case isTimeout(err):
		return nil, free, http.StatusRequestTimeout, errors.New("the request took longer than request_timeout to come in")
	case errors.Is(err, io.ErrUnexpectedEOF) || r.Context().Err() != nil:
		return nil, free, 0, err
	}
	return nil, free, http.StatusBadRequest, errors.New("the body cannot be read")
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// fields are those of every message of the request.
func (in *Input) fields(r *http.Request, query url.Values) []field {
	list := []field{
		{"Protocol", r.Proto}, {"UserAgent", r.UserAgent()}, {"ContentType", r.Header.Get("Content-Type")},
		{"Path", r.URL.Path}, {"Host", r.Host}, {"RemoteAddr", r.RemoteAddr},
	}
	for _, name := range in.cfg.RequestHeaders {
		if strings.EqualFold(name, "Host") { // package http keeps it elsewhere
			continue
		}
		for _, v := range r.Header.Values(name) {
			list = append(list, field{name, v})
		}
	}
	var names []string
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range query[name] {
			list = append(list, field{name, v})
		}
	}
	return list
}

// take hands the body on and answers once it is safe, or when time is up: then
// what was taken goes on its way all the same.
func (in *Input) take(w http.ResponseWriter, fields []field, body []byte, free func()) {
	ctx, cancel := context.WithTimeout(context.Background(), in.cfg.AnswerTimeout)
	defer cancel()
	ending := in.ending
	var l *lane
	select {
	case l = <-in.lanes:
	case <-ctx.Done():
	case <-ending:
	}
	if l == nil {
		free()
		in.overload(w, http.StatusServiceUnavailable, "no more is taken at the moment; nothing of the request was")
		return
	}
	type result struct {
		safe <-chan struct{}
		err  error
	}
	put := make(chan result, 1)
	go func() { // the engine makes it wait, maybe longer than the sender does
		safe, err := l.put(fields, body)
		free()
		in.lanes <- l
		put <- result{safe, err}
	}()
	var safe <-chan struct{} // nil: not yet handed on
	for {
		select {
		case r := <-put:
			if r.err != nil {
				in.overload(w, http.StatusServiceUnavailable, "hekad is stopping; the request may have been taken in part")
				return
			}
			safe, put = r.safe, nil
		case <-safe:
			in.taken.Add(1)
			in.say(w, http.StatusOK, "")
			return
		case <-ctx.Done():
			in.unsafe.Add(1)
			w.Header().Set("Retry-After", retryAfter)
			in.say(w, http.StatusServiceUnavailable, "not known to be safe in time; sent again it may come twice")
			return
		case <-ending:
			ending = nil
			t := time.AfterFunc(stopPatience, cancel)
			defer t.Stop()
		}
	}
}

func (in *Input) refuse(w http.ResponseWriter, status int, why string) {
	in.refused.Add(1)
	in.say(w, status, why)
}

func (in *Input) overload(w http.ResponseWriter, status int, why string) {
	in.overloaded.Add(1)
	w.Header().Set("Retry-After", retryAfter)
	in.say(w, status, why)
}

func (in *Input) say(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(status)
	if text != "" {
		io.WriteString(w, text+"\n")
	}
}
