package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/heka-project/heka/config"
	"github.com/heka-project/heka/message"
	"github.com/heka-project/heka/pipeline"
)

// serve starts an engine without plugins and its admin interface.
func serve(t *testing.T, o Options) *Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	eng, err := pipeline.New(&config.Plan{Globals: config.Globals{Hostname: "h", ShutdownTimeout: time.Second}}, pipeline.Options{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- eng.Run(ctx) }()
	o.Log, o.Version = log, "test"
	s := New(eng, o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	for !eng.Running() {
		time.Sleep(time.Millisecond)
	}
	t.Cleanup(func() { s.Stop(); cancel(); <-ended })
	return s
}

func TestSocketAnswersEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "admin.sock")
	reloads := 0
	serve(t, Options{Socket: path, Reload: func(bool) (*pipeline.Outcome, error) {
		if reloads++; reloads > 1 {
			return nil, errors.New("hekad.toml:1:1: nonsense")
		}
		return &pipeline.Outcome{Kept: 3}, nil
	}})
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v, want mode 0600", st.Mode(), err)
	}
	c := NewClient(path, "")
	for _, tt := range []struct{ path, want string }{
		{"/health", "ok"}, {"/ready", "ok"}, {"/version", "test"}, {"/report", "====Globals===="},
		{"/report?format=json", `"globals":[`}, {"/metrics", "heka_unrouted_messages_total 0"},
		{"/debug/pprof/", "goroutine"}, {"/", "GET  /report"},
	} {
		if got, err := c.Get(tt.path); err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("Get(%s) = %.200q, %v; want it to hold %q", tt.path, got, err, tt.want)
		}
	}
	if _, err := c.Post("/reload"); err != nil {
		t.Errorf("reload = %v", err)
	}
	if _, err := c.Post("/reload"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("refused reload = %v, want the reason", err)
	}
	if _, err := c.Post("/reopen"); err != nil {
		t.Errorf("reopen = %v", err)
	}
	if _, err := c.Get("/report?format=xml"); err == nil || !strings.Contains(err.Error(), "text or json") {
		t.Errorf("unknown format = %v", err)
	}
}

func TestTCPControlNeedsTheToken(t *testing.T) {
	s := serve(t, Options{Address: "127.0.0.1:0", Token: "s3cret", Reload: func(bool) (*pipeline.Outcome, error) { return &pipeline.Outcome{}, nil }})
	addr := s.Addr().String()
	for _, tt := range []struct {
		name, token string
		ok          bool
	}{{"none", "", false}, {"wrong", "s3creT", false}, {"right", "s3cret", true}} {
		c := NewClient(addr, tt.token)
		if _, err := c.Get("/report"); err != nil {
			t.Errorf("%s token: reading = %v, want it open", tt.name, err)
		}
		if _, err := c.Post("/reload"); (err == nil) != tt.ok {
			t.Errorf("%s token: reload = %v", tt.name, err)
		}
		if _, err := c.Get("/debug/pprof/"); (err == nil) != tt.ok {
			t.Errorf("%s token: profile = %v", tt.name, err)
		}
	}
}

func TestTCPWithoutATokenIsReadOnly(t *testing.T) {
	s := serve(t, Options{Address: "127.0.0.1:0", Reload: func(bool) (*pipeline.Outcome, error) { return &pipeline.Outcome{}, nil }})
	if _, err := NewClient(s.Addr().String(), "").Post("/reload"); err == nil || !strings.Contains(err.Error(), "admin_token") {
		t.Errorf("reload = %v, want the way to mend it", err)
	}
}

func TestForeignHostNamesAreRefused(t *testing.T) {
	s := serve(t, Options{Address: "127.0.0.1:0"})
	req, _ := http.NewRequest("GET", "http://"+s.Addr().String()+"/report", nil)
	req.Host = "evil.example"
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("status = %d, want %d", resp.StatusCode, http.StatusMisdirectedRequest)
	}
}

func TestAddressesThatCannotBeHad(t *testing.T) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o600)
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Address: "0.0.0.0:0"}, "not a loopback"},
		{Options{Address: "nonsense"}, "host:port"},
		{Options{Socket: file}, "remove it"},
	} {
		tt.o.Log = log
		err := New(nil, tt.o).Start()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Start(%+v) = %v, want %q", tt.o, err, tt.want)
		}
	}
	live := filepath.Join(t.TempDir(), "s")
	serve(t, Options{Socket: live})
	if err := New(nil, Options{Socket: live, Log: log}).Start(); err == nil || !strings.Contains(err.Error(), "another hekad") {
		t.Errorf("second server on a live socket = %v", err)
	}
}

func TestInjectedMessagesAreCounted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := serve(t, Options{Socket: path, Address: "127.0.0.1:0"})
	c := NewClient(path, "")
	b := message.NewBuilder(0)
	for range 1000 {
		b.Begin(&message.Header{Timestamp: 1, Type: "t"})
		b.End()
	}
	a, err := c.Inject(context.Background(), bytes.NewReader(append([]byte("xx"), b.Buffer()...)), true)
	if want := (Injected{Messages: 1000, Untaken: 1000, Skipped: 2}); err != nil || a != want {
		t.Errorf("Inject = %+v, %v, want %+v", a, err, want)
	}
	if _, err := NewClient(s.Addr().String(), "").Inject(context.Background(), nil, false); err == nil || !strings.Contains(err.Error(), "admin_token") {
		t.Errorf("Inject without a token = %v", err)
	}
	for _, tt := range []struct{ path, want string }{
		{"/deadletter/drop", "say which"}, {"/deadletter/drop?id=x", "not the number"}, {"/deadletter/drop?id=1&all=1", "say which"},
		{"/deadletter/drop?all=1", "no dead letters"},
	} {
		if _, err := c.Post(tt.path); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Post(%s) = %v, want %q", tt.path, err, tt.want)
		}
	}
	if _, err := c.Requeue(context.Background(), "all=1"); err == nil || !strings.Contains(err.Error(), "no dead letters") {
		t.Errorf("Requeue without a journal = %v", err)
	}
}

func TestSandboxEndpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s := serve(t, Options{Socket: path, Address: "127.0.0.1:0", Token: "s3cret"})
	c := NewClient(path, "")
	if a, err := c.Sandboxes(); err != nil || len(a.Filters) != 0 || len(a.Managers) != 0 {
		t.Errorf("Sandboxes = %+v, %v", a, err)
	}
	ctx := context.Background()
	for _, tt := range []struct{ action, want string }{{"load", "add a section of type SandboxManagerFilter"}, {"../reload", "SandboxManagerFilter"}} {
		if _, err := c.Sandbox(ctx, tt.action, "", "x", FilterText{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Sandbox(%s) = %v, want %q", tt.action, err, tt.want)
		}
	}
	tcp := s.Addr().String()
	for _, token := range []string{"", "wrong"} { // reading is no right to load
		if _, err := NewClient(tcp, token).Sandbox(ctx, "load", "", "", FilterText{}); err == nil || !strings.Contains(err.Error(), "admin token") {
			t.Errorf("load with token %q = %v", token, err)
		}
		if _, err := NewClient(tcp, token).Shadow(ctx, "", time.Second, FilterText{}); err == nil || !strings.Contains(err.Error(), "admin token") {
			t.Errorf("shadow with token %q = %v", token, err)
		}
		if _, err := NewClient(tcp, token).Sandboxes(); err != nil {
			t.Errorf("list with token %q = %v", token, err)
		}
	}
	for _, tt := range []struct{ name, path, body, want string }{
		{"no JSON", "/sandbox/load", "nonsense", "send {"},
		{"another shape", "/sandbox/load", `{"skript": "x"}`, "unknown field"},
		{"a body without end", "/sandbox/load", `{"script": "` + strings.Repeat("x", maxFilterBody), "too large"},
		{"no time", "/sandbox/shadow", `{}`, "write for=60s"},
		{"too long", "/sandbox/shadow?for=1000h", `{}`, "not a time up to"},
		{"a section that is none", "/sandbox/shadow?for=1s", `{"config": "[x"}`, "config:1"},
	} {
		req, _ := http.NewRequest("POST", "http://"+tcp+tt.path, strings.NewReader(tt.body))
		req.Header.Set("Authorization", "Bearer s3cret")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode/100 != 4 || !strings.Contains(string(b), tt.want) {
			t.Errorf("%s: %d %s, want %q", tt.name, resp.StatusCode, b, tt.want)
		}
	}
}
