package admin

import (
	"fmt"
	"io"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const maxBody = 1 << 20

func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", s.index)
	m.HandleFunc("GET /health", s.health)
	m.HandleFunc("GET /ready", s.health)
	m.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { plain(w, s.o.Version+"\n") })
	m.HandleFunc("GET /report", s.report)
	m.HandleFunc("POST /reload", s.reload)
	m.HandleFunc("POST /reopen", func(w http.ResponseWriter, _ *http.Request) {
		s.eng.Reopen()
		plain(w, "reopened\n")
	})
	m.HandleFunc("POST /inject", s.inject)
	m.HandleFunc("POST /deadletter/requeue", s.requeue)
	m.HandleFunc("POST /deadletter/drop", s.dropLetters)
	m.HandleFunc("GET /sandbox", s.sandboxes)
	m.HandleFunc("POST /sandbox/shadow", s.shadow)
	m.HandleFunc("POST /sandbox/{action}", s.sandbox)
	reg := prometheus.NewRegistry()
	reg.MustRegister(&collector{s.eng})
	m.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
	m.HandleFunc("GET /debug/pprof/", pprof.Index)
	m.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	m.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	m.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	m.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return m
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, text)
}

func (s *Server) index(w http.ResponseWriter, _ *http.Request) {
	plain(w, `hekad admin interface
GET  /health        200 while running, 503 while starting or stopping
GET  /ready         the same
GET  /report        state of every plugin; ?format=json for programs
GET  /metrics       the same for Prometheus
GET  /version       what runs here
POST /reload        read the configuration anew and apply what changed; ?dry=1 only tells what that would do; ?format=json
POST /reopen        open output files and certificates anew
POST /inject        route the framed messages of the body; ?ack=1 answers once they are delivered or in the journal
POST /deadletter/requeue  try dead letters again: ?id=N,N or ?all=1; ?reroute=1 for all matching plugins
POST /deadletter/drop     let dead letters go: ?id=N,N or ?all=1
GET  /sandbox       filters that were loaded while running, with their use of their limits, as JSON
POST /sandbox/load, replace, pause, resume, unload  ask a manager: ?manager=NAME&name=SECTION, body {"config": …, "script": …}
POST /sandbox/shadow      try a filter beside the live ones: ?for=60s, the same body; answers at the end
GET  /debug/pprof/  profiles
`)
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if !s.eng.Running() {
		http.Error(w, "not running", http.StatusServiceUnavailable)
		return
	}
	plain(w, "ok\n")
}

func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	switch f := r.FormValue("format"); f {
	case "", "text":
		plain(w, s.eng.Report().Text())
	case "json":
		w.Header().Set("Content-Type", "application/json")
		w.Write(s.eng.Report().JSON())
	default:
		http.Error(w, fmt.Sprintf("unknown format %q; use text or json", f), http.StatusBadRequest)
	}
}
