package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/heka-project/heka/pipeline"
	"github.com/heka-project/heka/plugin"
)

const (
	maxFilterBody = 12 << 20         // bytes of a section and a script, in JSON
	maxShadow     = 15 * time.Minute // longest trial
)

// FilterText is a filter on its way to a manager.
type FilterText struct {
	Config string `json:"config"` // TOML of its section
	Script string `json:"script,omitempty"`
	Module []byte `json:"module,omitempty"` // in place of Script where that is no text; base64
}

// packed is the filter as JSON can carry it.
func (t FilterText) packed() FilterText {
	if !utf8.ValidString(t.Script) {
		t.Script, t.Module = "", []byte(t.Script)
	}
	return t
}

// LoadedFilter tells of one loaded filter.
type LoadedFilter struct {
	Name      string         `json:"name"`
	Manager   string         `json:"manager"`
	Type      string         `json:"type"`
	State     string         `json:"state"`
	Reason    string         `json:"reason,omitempty"` // why it was terminated
	Since     time.Time      `json:"since"`
	Received  uint64         `json:"received"`
	Processed uint64         `json:"processed"`
	Held      uint64         `json:"held"`
	Injected  uint64         `json:"injected"`
	Dropped   uint64         `json:"dropped"`
	BusyNs    int64          `json:"busy_ns"` // time spent in it
	Metrics   map[string]any `json:"metrics"` // what it reports of itself: Memory and MemoryLimit, …
}

// Sandboxes is the answer to /sandbox.
type Sandboxes struct {
	Managers []string       `json:"managers"`
	Filters  []LoadedFilter `json:"filters"`
}

// Trial is what a shadow did.
type Trial struct {
	Filter LoadedFilter         `json:"filter"`
	ForNs  int64                `json:"for_ns"`
	Types  []pipeline.TypeCount `json:"types"`            // of what it would have injected
	Sample [][]byte             `json:"sample"`           // the first of that, encoded messages
	Beside *LoadedFilter        `json:"beside,omitempty"` // the live filter of that name, over the same time
}

func loadedFilter(l *plugin.Loaded) LoadedFilter {
	f := LoadedFilter{Name: l.Name, Manager: l.Manager, Type: l.Type, State: l.State, Reason: l.Reason, Since: l.Since,
		Received: l.Received, Processed: l.Processed, Held: l.Held, Injected: l.Injected, Dropped: l.Dropped,
		BusyNs: int64(l.Busy), Metrics: map[string]any{}}
	for _, m := range l.Metrics {
		f.Metrics[m.Name] = m.Value
	}
	return f
}

func (s *Server) sandboxes(w http.ResponseWriter, r *http.Request) {
	managers, err := s.eng.Managers(r.Context())
	if err != nil {
		http.Error(w, err.Error(), sandboxCode(err))
		return
	}
	a := Sandboxes{Managers: managers, Filters: []LoadedFilter{}}
	for _, l := range s.eng.Loaded() {
		a.Filters = append(a.Filters, loadedFilter(&l))
	}
	answer(w, http.StatusOK, a)
}

// filterText reads the body; false once a complaint has been answered.
func filterText(w http.ResponseWriter, r *http.Request) (t FilterText, ok bool) {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxFilterBody))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil && !errors.Is(err, io.EOF) {
		http.Error(w, fmt.Sprintf("read the filter: %v; send {\"config\": \"…\", \"script\": \"…\"}", err), http.StatusBadRequest)
		return t, false
	}
	if len(t.Module) > 0 {
		t.Script, t.Module = string(t.Module), nil
	}
	return t, true
}

// caller names who asks, for the audit log.
func caller(r *http.Request) string {
	if a := r.RemoteAddr; strings.ContainsRune(a, ':') {
		return "admin at " + a
	}
	return "admin socket"
}

func (s *Server) sandbox(w http.ResponseWriter, r *http.Request) {
	t, ok := filterText(w, r)
	if !ok {
		return
	}
	q := r.URL.Query()
	o := &plugin.Order{Action: r.PathValue("action"), Name: q.Get("name"), Config: t.Config, Script: t.Script, By: caller(r)}
	manager, err := s.eng.Manage(r.Context(), q.Get("manager"), o)
	if err != nil {
		http.Error(w, err.Error(), sandboxCode(err))
		return
	}
	plain(w, manager+": done\n")
}

// shadow tries a filter, and answers when the time is over.
func (s *Server) shadow(w http.ResponseWriter, r *http.Request) {
	t, ok := filterText(w, r)
	if !ok {
		return
	}
	d, err := time.ParseDuration(r.URL.Query().Get("for"))
	if err != nil || d <= 0 || d > maxShadow {
		http.Error(w, fmt.Sprintf("for=%.40q is not a time up to %s; write for=60s", r.URL.Query().Get("for"), maxShadow), http.StatusBadRequest)
		return
	}
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d + time.Minute))
	res, err := s.try(r.Context(), r.URL.Query().Get("manager"), t, d)
	if err != nil {
		http.Error(w, err.Error(), sandboxCode(err))
		return
	}
	a := Trial{Filter: loadedFilter(&res.Filter), ForNs: int64(res.For), Types: res.Types, Sample: res.Sample}
	if res.Beside != nil {
		b := loadedFilter(res.Beside)
		a.Beside = &b
	}
	answer(w, http.StatusOK, a)
}

// try runs the shadow under what its manager imposes; without a manager, under the
// limits of its section.
func (s *Server) try(ctx context.Context, manager string, t FilterText, d time.Duration) (*pipeline.ShadowResult, error) {
	name, imposed, err := s.eng.Imposed(ctx, manager)
	if err != nil && (manager != "" || !errors.Is(err, pipeline.ErrNoManager)) {
		return nil, err
	}
	base, err := filepath.Abs(s.eng.Base())
	if err != nil {
		return nil, fmt.Errorf("keep the script: %w", err)
	}
	f, err := os.CreateTemp(base, "shadow-*.lua")
	if err != nil {
		return nil, fmt.Errorf("keep the script: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(t.Script)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("keep the script: %w", err)
	}
	res, err := s.eng.Shadow(ctx, name, &plugin.Loadable{Config: t.Config, Impose: "filename = " + strconv.Quote(f.Name()) + "\n" + imposed}, d)
	if err != nil {
		return nil, &renamed{err, shadowFile.ReplaceAllString(err.Error(), "script.lua")}
	}
	res.Filter.Reason = shadowFile.ReplaceAllString(res.Filter.Reason, "script.lua")
	return res, nil
}

// shadowFile is the name of a script's file, which says nothing to who sent it; in
// an error of Lua it may be cut.
var shadowFile = regexp.MustCompile(`[^\s"']*shadow-\d+\.lua`)

// renamed is an error in other words.
type renamed struct {
	error
	text string
}

func (r *renamed) Error() string { return r.text }
func (r *renamed) Unwrap() error { return r.error }

func sandboxCode(err error) int {
	switch {
	case errors.Is(err, plugin.ErrBusy):
		return http.StatusServiceUnavailable
	case errors.Is(err, pipeline.ErrNoManager), errors.Is(err, plugin.ErrNotLoaded):
		return http.StatusNotFound
	case errors.Is(err, plugin.ErrLoaded):
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// Sandbox asks a manager to do something; "" asks the only one.
func (c *Client) Sandbox(ctx context.Context, action, manager, name string, t FilterText) (string, error) {
	q := url.Values{}
	if manager != "" {
		q.Set("manager", manager)
	}
	if name != "" {
		q.Set("name", name)
	}
	body, err := json.Marshal(t.packed())
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/sandbox/"+url.PathEscape(action)+"?"+q.Encode(), strings.NewReader(string(body)))
	if err != nil {
		return "", err
	}
	return c.text(req)
}

// Shadow tries a filter beside the live ones for so long.
func (c *Client) Shadow(ctx context.Context, manager string, d time.Duration, t FilterText) (a Trial, err error) {
	q := url.Values{"for": {d.String()}}
	if manager != "" {
		q.Set("manager", manager)
	}
	body, err := json.Marshal(t.packed())
	if err != nil {
		return a, err
	}
	return a, c.ask(ctx, "/sandbox/shadow?"+q.Encode(), strings.NewReader(string(body)), &a)
}

// Sandboxes lists what is loaded.
func (c *Client) Sandboxes() (a Sandboxes, err error) {
	text, err := c.Get("/sandbox")
	if err == nil {
		err = json.Unmarshal([]byte(text), &a)
	}
	return a, err
}
