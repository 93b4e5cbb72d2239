package snapback

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// seen is one request as a test's service has read it.
type seen struct {
	method string
	path   string
	query  string
	header http.Header
	body   string
}

// service answers each request with the next of its answers, the last of them again and again, and remembers what it was asked.
type service struct {
	t       *testing.T
	server  *httptest.Server
	mutex   sync.Mutex
	answers []http.HandlerFunc
	asked   []seen
}

func newService(t *testing.T, answers ...http.HandlerFunc) *service {
	t.Helper()
	s := &service{t: t, answers: answers}
	s.server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.server.Close)
	return s
}

func (s *service) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mutex.Lock()
	s.asked = append(s.asked, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), string(body)})
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.mutex.Unlock()
	answer(w, r)
}

func (s *service) requests() []seen {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]seen(nil), s.asked...)
}

// A client with a connection of its own, that is patient for as long as a test is.
func (s *service) client(options ...Option) *Client {
	s.t.Helper()
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	all := append([]Option{WithTransport(transport), WithTimeout(5 * time.Second)}, options...)
	client, err := New(s.server.URL, StaticToken("a-token"), all...)
	if err != nil {
		s.t.Fatal(err)
	}
	return client
}

func says(status int, body any, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header()[headers[i]] = []string{headers[i+1]}
		}
		text, isText := body.(string)
		if !isText {
			encoded, _ := json.Marshal(body)
			text = string(encoded)
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func refuses(status int, code string) http.HandlerFunc {
	return says(status, map[string]any{"code": code, "detail": "A sentence about " + code + ".", "requestId": "18"})
}

// Reads the request and cuts the connection.
func loses(http.ResponseWriter, *http.Request) {
	panic(http.ErrAbortHandler)
}

// Answers nothing until the client has gone.
func hangs(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
}

// Sends these pieces of a stream, and then what `end` does.
func streams(end http.HandlerFunc, pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(200)
		for _, piece := range pieces {
			_, _ = io.WriteString(w, piece)
			w.(http.Flusher).Flush()
		}
		end(w, r)
	}
}

func ends(http.ResponseWriter, *http.Request) {}

func progress(id int, percent int, final bool) string {
	return fmt.Sprintf("event: snapshot-progress\nid: %d\ndata: {\"percent\":%d,\"final\":%t,\"status\":\"running\"}\n\n", id, percent, final)
}
