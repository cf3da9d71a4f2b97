package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/heka-project/heka/journal"
	"github.com/heka-project/heka/pipeline"
)

const (
	injectRead = 64 << 10        // bytes read at once
	injectIdle = 2 * time.Minute // longest silence of a sender
	maxLetters = 10000           // ids in one request
)

// Injected is the answer to an injection.
type Injected struct {
	Messages int    `json:"messages"` // routed
	Untaken  int    `json:"untaken"`  // of those, what no filter or output took
	Damaged  int    `json:"damaged"`  // frames that hold no message
	Skipped  int    `json:"skipped"`  // bytes outside frames
	Error    string `json:"error,omitempty"`
}

// inject routes a stream of framed messages. The body is read as fast as the
// pipeline takes it and never held: memory is that of one stream. With ack=1 the
// answer comes once every message has been delivered or lies in the journal.
func (s *Server) inject(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, err := s.eng.Feed(r.Context(), pipeline.FeedOptions{Only: q.Get("only"), Acked: q.Get("ack") == "1"})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	rc := http.NewResponseController(w)
	rc.SetWriteDeadline(time.Time{}) // a replay lasts as long as it lasts
	stop := context.AfterFunc(f.Context(), func() { rc.SetReadDeadline(time.Now()) })
	defer stop()
	err = pour(f, r.Body, rc)
	res, cerr := f.Close()
	a := Injected{Messages: res.Messages, Untaken: res.Untaken, Damaged: res.Damaged, Skipped: res.Skipped}
	code := http.StatusOK
	if err = errors.Join(err, cerr); err != nil {
		a.Error, code = err.Error(), http.StatusServiceUnavailable
	}
	rc.SetWriteDeadline(time.Now().Add(30 * time.Second))
	answer(w, code, a)
}

// pour copies the body into the feed. Each read may last as long as a sender may
// be silent; what came so far goes on before the next wait.
func pour(f *pipeline.Feed, body io.Reader, rc *http.ResponseController) error {
	buf := make([]byte, injectRead)
	for {
		rc.SetReadDeadline(time.Now().Add(injectIdle))
		if err := f.Context().Err(); err != nil { // the end may have come before the deadline was moved
			return err
		}
		n, err := body.Read(buf)
		if n > 0 {
			if _, werr := f.Write(buf[:n]); werr != nil {
				return werr
			}
			if n < len(buf) {
				f.Flush()
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the messages: %w", err)
		}
	}
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(v)
}

// letterIDs reads ?id=1,2&id=3 or ?all=1; ok is false once a complaint has been
// answered.
func letterIDs(w http.ResponseWriter, r *http.Request) (ids []uint64, ok bool) {
	q := r.URL.Query()
	for _, list := range q["id"] {
		for text := range strings.SplitSeq(list, ",") {
			id, err := strconv.ParseUint(text, 10, 64)
			if err != nil || len(ids) == maxLetters {
				http.Error(w, fmt.Sprintf("id %.40q is not the number of a dead letter, or there are too many; hekad deadletter ls shows the numbers", text), http.StatusBadRequest)
				return nil, false
			}
			ids = append(ids, id)
		}
	}
	if (len(ids) == 0) != (q.Get("all") == "1") {
		http.Error(w, "say which dead letters: id=N,N… or all=1", http.StatusBadRequest)
		return nil, false
	}
	return ids, true
}

// Requeued is the answer to a requeue.
type Requeued struct {
	Sent    int    `json:"sent"`
	Left    int    `json:"left"`
	Because string `json:"because,omitempty"`
	Error   string `json:"error,omitempty"`
}

func (s *Server) requeue(w http.ResponseWriter, r *http.Request) {
	ids, ok := letterIDs(w, r)
	if !ok {
		return
	}
	http.NewResponseController(w).SetWriteDeadline(time.Time{}) // bounded by the letters that there are
	res, err := s.eng.Requeue(r.Context(), ids, r.URL.Query().Get("reroute") == "1")
	a := Requeued{Sent: res.Sent, Left: res.Left, Because: res.Because}
	if err != nil {
		a.Error = err.Error()
	}
	answer(w, letterCode(err), a)
}

func (s *Server) dropLetters(w http.ResponseWriter, r *http.Request) {
	ids, ok := letterIDs(w, r)
	if !ok {
		return
	}
	n, err := s.eng.DropLetters(ids)
	if err != nil {
		http.Error(w, err.Error(), letterCode(err))
		return
	}
	plain(w, strconv.Itoa(n)+"\n")
}

func letterCode(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, journal.ErrNoLetter), errors.Is(err, pipeline.ErrNoLetters):
		return http.StatusNotFound
	}
	return http.StatusServiceUnavailable
}
