package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/pipeline"
)

// Reloader reads the configuration anew and applies it, or with dry only tells what
// that would do. The error is a *pipeline.Refused or config.Errors.
type Reloader func(dry bool) (*pipeline.Outcome, error)

// Reloaded is the answer to a reload.
type Reloaded struct {
	Applied bool              `json:"applied"`
	DryRun  bool              `json:"dry_run"`
	Config  string            `json:"config"`           // what was read
	Refused string            `json:"refused"`          // why nothing was changed: one of the two below, or ""
	Errors  []Complaint       `json:"errors"`           // the reasons
	Result  *pipeline.Outcome `json:"result,omitempty"` // what was done, or would be
}

// Why a reload is refused.
const (
	RefusedConfig = "configuration" // hekad check tells the same
	RefusedStart  = "start"         // it showed only when it was tried
)

// Complaint is one mistake at its place.
type Complaint struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Section string `json:"section,omitempty"`
	What    string `json:"what"`
	Fix     string `json:"fix,omitempty"`
}

func (c Complaint) String() string {
	return (&config.Error{Pos: config.Pos{File: c.File, Line: c.Line, Col: c.Column}, Section: c.Section, What: c.What, Fix: c.Fix}).Error()
}

// Complaints are errors in the form for programs.
func Complaints(list config.Errors) []Complaint {
	out := make([]Complaint, len(list))
	for i, e := range list {
		out[i] = Complaint{e.Pos.File, e.Pos.Line, e.Pos.Col, e.Section, e.What, e.Fix}
	}
	return out
}

// Text is the answer for people.
func (r *Reloaded) Text() string {
	var b strings.Builder
	if r.Refused != "" {
		for _, c := range r.Errors {
			b.WriteString(c.String() + "\n")
		}
		b.WriteString("refused: everything runs as before\n")
		return b.String()
	}
	if r.Result != nil {
		b.WriteString(r.Result.Text())
	}
	if r.DryRun {
		b.WriteString("nothing was done: this is what a reload of " + r.Config + " would do\n")
	} else {
		b.WriteString("reloaded " + r.Config + "\n")
	}
	return b.String()
}

func (s *Server) reload(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxBody))
	if s.o.Reload == nil {
		http.Error(w, "this daemon has no configuration to reload", http.StatusNotImplemented)
		return
	}
	q := r.URL.Query()
	a := Reloaded{DryRun: q.Get("dry") == "1", Config: s.o.Config, Errors: []Complaint{}}
	code := http.StatusOK
	var err error
	if a.Result, err = s.o.Reload(a.DryRun); err != nil {
		code = http.StatusConflict
		if a.refuse(err); a.Refused == RefusedConfig {
			code = http.StatusUnprocessableEntity
		}
	}
	a.Applied = err == nil && !a.DryRun
	if q.Get("format") == "json" {
		answer(w, code, a)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	io.WriteString(w, a.Text())
}

func (r *Reloaded) refuse(err error) {
	r.Refused = RefusedConfig
	var list config.Errors
	var ref *pipeline.Refused
	switch {
	case errors.As(err, &ref):
		list = ref.Errors
		if ref.Tried {
			r.Refused = RefusedStart
		}
	case errors.As(err, &list):
	default:
		list = config.Errors{{What: err.Error()}}
	}
	r.Errors = Complaints(list)
}

// Reload asks for a reload, or with dry for what it would do. A refusal is no error.
func (c *Client) Reload(ctx context.Context, dry bool) (a Reloaded, err error) {
	path := "/reload?format=json"
	if dry {
		path += "&dry=1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, nil)
	if err != nil {
		return a, err
	}
	patient := *c.http
	patient.Timeout = 0
	resp, err := c.send(&patient, req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return a, err
	case resp.Header.Get("Content-Type") == "application/json":
		return a, json.Unmarshal(b, &a)
	case resp.StatusCode/100 != 2:
		return a, errors.New(strings.TrimSpace(string(b)))
	}
	a.Applied = true // by a daemon of a version that tells no more
	return a, nil
}
