package snapback

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// The percents of a watched snapshot, and the error at the end.
func percents(ctx context.Context, client *Client) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	var all []int
	for progress, err := range client.Snapshots.Watch(ctx, "e", "s") {
		if err != nil {
			return all, err
		}
		all = append(all, int(progress.Percent))
	}
	return all, nil
}

func TestAStreamEndsBehindItsFinalEventAndLetsItsConnectionGo(t *testing.T) {
	gone := make(chan struct{})
	s := newService(t, streams(func(w http.ResponseWriter, r *http.Request) {
		hangs(w, r)
		close(gone)
	}, progress(1, 50, false), progress(2, 100, true), progress(3, 100, false)))
	got, err := percents(t.Context(), s.client())
	if err != nil || !slices.Equal(got, []int{50, 100}) {
		t.Errorf("%v, %v", got, err)
	}
	awaits(t, gone)
}

func TestALoopThatIsLeftLetsItsConnectionGo(t *testing.T) {
	gone := make(chan struct{})
	s := newService(t, streams(func(w http.ResponseWriter, r *http.Request) {
		hangs(w, r)
		close(gone)
	}, progress(1, 50, false)))
	for range s.client().Snapshots.Watch(t.Context(), "e", "s") {
		break
	}
	awaits(t, gone)
}

func TestAStreamGoesOnBehindTheLastWholeEvent(t *testing.T) {
	half := progress(3, 30, false)
	s := newService(t,
		streams(loses, progress(1, 10, false), progress(2, 20, false), half[:len(half)-5]),
		loses,
		refuses(503, "service-unavailable"),
		streams(ends, progress(3, 30, false)),
		streams(ends, progress(4, 100, true)),
	)
	got, err := percents(t.Context(), s.client())
	if err != nil || !slices.Equal(got, []int{10, 20, 30, 100}) {
		t.Errorf("%v, %v", got, err)
	}
	var last []string
	for _, request := range s.requests() {
		last = append(last, request.header.Get(lastEventID))
	}
	if !slices.Equal(last, []string{"", "2", "2", "2", "3"}) {
		t.Error(last)
	}
}

func TestEventsThatAreNotKnownArePassedOver(t *testing.T) {
	s := newService(t, streams(loses, progress(1, 10, false), "event: weather\nid: 900\ndata: fog\n\n"), streams(ends, progress(2, 100, true)))
	got, err := percents(t.Context(), s.client())
	if err != nil || !slices.Equal(got, []int{10, 100}) || s.requests()[1].header.Get(lastEventID) != "1" {
		t.Errorf("%v, %v, behind %s", got, err, s.requests()[1].header.Get(lastEventID))
	}
}

func TestARefusedStreamEndsAtOnce(t *testing.T) {
	for _, status := range []int{401, 403, 404, 422} {
		s := newService(t, refuses(status, "some-code"))
		if _, err := percents(t.Context(), s.client()); !errors.Is(err, ProblemCode("some-code")) || len(s.requests()) != 1 {
			t.Errorf("%d: %v after %d requests", status, err, len(s.requests()))
		}
	}
	s := newService(t, says(200, "<html>Please log in</html>", "Content-Type", "text/html"))
	if _, err := percents(t.Context(), s.client()); err == nil || len(s.requests()) != 1 {
		t.Errorf("what is no stream: %v after %d requests", err, len(s.requests()))
	}
}

func TestATokenIsAskedForAgainWhenItHasExpired(t *testing.T) {
	expired := "event: token-expired\nid: 1\ndata: {\"code\":\"token-expired\"}\n\n"
	s := newService(t,
		streams(ends, progress(1, 10, false), expired),
		refuses(401, "unauthenticated"),
		streams(ends, progress(2, 20, false), expired),
		refuses(401, "unauthenticated"),
		streams(ends, progress(3, 100, true)),
	)
	var asked atomic.Int32
	client := s.client()
	client.token = TokenFunc(func(context.Context) (string, error) { return fmt.Sprintf("t%d", asked.Add(1)), nil })
	got, err := percents(t.Context(), client)
	if err != nil || !slices.Equal(got, []int{10, 20, 100}) {
		t.Errorf("%v, %v", got, err)
	}
	for i, request := range s.requests() {
		if token := request.header.Get("Authorization"); token != fmt.Sprintf("Bearer t%d", i+1) {
			t.Errorf("request %d with %s", i+1, token)
		}
	}
	// One that stays refused is asked for once more, and one that has always expired not for ever.
	s = newService(t, refuses(401, "unauthenticated"))
	client = s.client()
	client.token = TokenFunc(func(context.Context) (string, error) { return "t", nil })
	if _, err := percents(t.Context(), client); !errors.Is(err, ProblemCodeUnauthenticated) || len(s.requests()) != 2 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
	s = newService(t, streams(ends, expired))
	if _, err := percents(t.Context(), s.client()); err == nil || len(s.requests()) != 4 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestAStreamThatIsSilentIsOpenedAgain(t *testing.T) {
	s := newService(t, streams(hangs, progress(1, 10, false)), hangs, streams(ends, progress(2, 100, true)))
	got, err := percents(t.Context(), s.client(WithIdleTimeout(150*time.Millisecond)))
	if err != nil || !slices.Equal(got, []int{10, 100}) || len(s.requests()) != 3 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestHeartbeatsAreNoSilence(t *testing.T) {
	beats := func(w http.ResponseWriter, _ *http.Request) {
		for range 8 {
			time.Sleep(100 * time.Millisecond)
			_, _ = fmt.Fprint(w, ": heartbeat\n\n")
			w.(http.Flusher).Flush()
		}
		_, _ = fmt.Fprint(w, progress(2, 100, true))
	}
	s := newService(t, streams(beats, progress(1, 10, false)))
	if _, err := percents(t.Context(), s.client(WithIdleTimeout(400*time.Millisecond))); err != nil || len(s.requests()) != 1 {
		t.Errorf("%d connections, %v", len(s.requests()), err)
	}
}

func TestWhoTakesHisTimeWithAnEventIsNotSilence(t *testing.T) {
	s := newService(t, streams(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(300 * time.Millisecond)
		_, _ = fmt.Fprint(w, progress(2, 100, true))
	}, progress(1, 10, false)))
	for _, err := range s.client(WithIdleTimeout(200*time.Millisecond)).Snapshots.Watch(t.Context(), "e", "s") {
		if err != nil || len(s.requests()) > 1 {
			t.Fatalf("%d connections, %v", len(s.requests()), err)
		}
		time.Sleep(400 * time.Millisecond)
	}
}

func TestAStreamThatIsCutAgainAndAgainGoesOnAsLongAsEachConnectionBringsSomething(t *testing.T) {
	var connections []http.HandlerFunc
	for i := range 12 {
		connections = append(connections, streams(loses, progress(i, i, i == 11)))
	}
	s := newService(t, connections...)
	if got, err := percents(t.Context(), s.client()); err != nil || len(got) != 12 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAServiceThatIsNotThereIsGivenUpAsForEveryCall(t *testing.T) {
	s := newService(t, loses)
	if _, err := percents(t.Context(), s.client(WithAttempts(2))); !errors.Is(err, ErrNoAnswer) || len(s.requests()) != 2 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestAContextEndsAStream(t *testing.T) {
	s := newService(t, streams(hangs, progress(1, 10, false)))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := percents(ctx, s.client()); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func awaits(t *testing.T, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("the connection is still there")
	}
}
