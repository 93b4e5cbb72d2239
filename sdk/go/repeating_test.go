package snapback

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

func TestWhatMayBeRepeatedIsRepeatedUntilItIsAnswered(t *testing.T) {
	for _, passing := range []http.HandlerFunc{
		loses, refuses(408, "request-timeout"), refuses(429, "too-many-requests"), says(502, ""), refuses(503, "service-unavailable"), says(504, ""),
	} {
		s := newService(t, passing, says(200, Project{ID: "p"}))
		if project, err := s.client().Projects.View(t.Context(), "p"); err != nil || project.ID != "p" || len(s.requests()) != 2 {
			t.Errorf("%v after %d requests", err, len(s.requests()))
		}
	}
}

func TestWhatWillNotChangeIsNotRepeated(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 409, 412, 422, 500, 501} {
		s := newService(t, refuses(status, "some-code"))
		if _, err := s.client().Projects.View(t.Context(), "p"); err == nil || len(s.requests()) != 1 {
			t.Errorf("%d was asked for %d times", status, len(s.requests()))
		}
	}
}

func TestTheErrorAfterAllAttemptsIsThatOfTheLastAnswer(t *testing.T) {
	s := newService(t, refuses(503, "first"), refuses(503, "second"), refuses(503, "third"))
	_, err := s.client(WithAttempts(3)).Projects.View(t.Context(), "p")
	if !errors.Is(err, ProblemCode("third")) || len(s.requests()) != 3 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestWorkIsStartedOnceByAKeyThatIsChosenForTheCall(t *testing.T) {
	s := newService(t, loses, says(202, Snapshot{ID: "s"}))
	client := s.client()
	for range 2 {
		if _, err := client.Snapshots.Create(t.Context(), "e", SnapshotCreate{Label: "before"}); err != nil {
			t.Fatal(err)
		}
	}
	asked := s.requests()
	first, again, other := asked[0].header.Get(idempotencyKey), asked[1].header.Get(idempotencyKey), asked[2].header.Get(idempotencyKey)
	if len(first) != 36 || first != again || first == other {
		t.Errorf("%q, %q, %q", first, again, other)
	}
	if asked[1].body != `{"label":"before"}` {
		t.Errorf("sent again: %q", asked[1].body)
	}
	if _, err := client.Snapshots.Create(t.Context(), "e", SnapshotCreate{}, IdempotencyKey("mine")); err != nil {
		t.Fatal(err)
	}
	if key := s.requests()[3].header.Get(idempotencyKey); key != "mine" {
		t.Error(key)
	}
}

func TestWhatMayNotBeRepeatedSaysThatItsOutcomeIsUnknown(t *testing.T) {
	s := newService(t, loses)
	_, err := s.client().Projects.Create(t.Context(), ProjectCreate{Name: "x"})
	var failure *Error
	if !errors.As(err, &failure) || !failure.OutcomeUnknown || !errors.Is(err, ErrNoAnswer) || len(s.requests()) != 1 {
		t.Errorf("%+v after %d requests", failure, len(s.requests()))
	}
	// Nobody was there to do anything.
	s.server.Close()
	_, err = s.client().Projects.Create(t.Context(), ProjectCreate{Name: "x"})
	if !errors.As(err, &failure) || failure.OutcomeUnknown || !errors.Is(err, ErrNoAnswer) {
		t.Errorf("%+v", failure)
	}
}

func TestTheServiceSaysHowLongToWait(t *testing.T) {
	s := newService(t, says(503, "", "Retry-After", "1"), says(200, Project{}))
	began := time.Now()
	if _, err := s.client().Projects.View(t.Context(), "p"); err != nil || time.Since(began) < time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestADateToWaitForIsHeldAgainstTheClockOfWhoSaysIt(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	slow := now.Add(-time.Hour)
	for _, one := range []struct {
		retry, date string
		want        time.Duration
	}{
		{"3", "", 3 * time.Second},
		{"0.5", "", 500 * time.Millisecond},
		{slow.Add(2 * time.Second).Format(http.TimeFormat), slow.Format(http.TimeFormat), 2 * time.Second},
		{now.Add(5 * time.Second).Format(http.TimeFormat), "", 5 * time.Second},
		{slow.Format(http.TimeFormat), slow.Add(time.Second).Format(http.TimeFormat), 0},
		{"86400", "", time.Minute},
		{"1e300", "", time.Minute},
		{now.Add(time.Hour).Format(http.TimeFormat), "", time.Minute},
		{"-5", "", 0}, {"NaN", "", 0}, {"soon", "", 0}, {"", "", 0},
	} {
		header := http.Header{}
		header.Set("Retry-After", one.retry)
		header.Set("Date", one.date)
		if got := retryAfter(header, now); got != one.want {
			t.Errorf("%q at %q: %v, not %v", one.retry, one.date, got, one.want)
		}
	}
}

func TestPausesGrowAndEnd(t *testing.T) {
	for tries, longest := range []time.Duration{0, 250, 500, 1000, 2000, 4000, 5000, 5000} {
		if tries == 0 {
			continue
		}
		longest *= time.Millisecond
		if pause := pauseAfter(tries, 0); pause < longest/2 || pause > longest {
			t.Errorf("after %d tries: %v", tries, pause)
		}
	}
	if pause := pauseAfter(1_000_000, 0); pause > longestPause {
		t.Error(pause)
	}
}

func TestATimeoutHoldsForAllAttemptsTogether(t *testing.T) {
	s := newService(t, hangs)
	began := time.Now()
	_, err := s.client(WithTimeout(300*time.Millisecond)).Projects.View(t.Context(), "p")
	if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 2*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	// Waiting for longer than there is time would only hide what was said.
	s = newService(t, says(503, "", "Retry-After", "30"))
	began = time.Now()
	_, err = s.client(WithTimeout(300*time.Millisecond)).Projects.View(t.Context(), "p")
	var failure *Error
	if !errors.As(err, &failure) || failure.Status != 503 || failure.RetryAfter != 30*time.Second || time.Since(began) > 2*time.Second {
		t.Errorf("%+v after %v", failure, time.Since(began))
	}
}

func TestAContextEndsACallAtOnce(t *testing.T) {
	for _, answer := range []http.HandlerFunc{hangs, says(503, "", "Retry-After", "4")} {
		s := newService(t, answer)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(200*time.Millisecond, cancel)
		began := time.Now()
		_, err := s.client().Projects.View(ctx, "p")
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(300 * time.Millisecond)
		if count := len(s.requests()); count != 1 {
			t.Errorf("%d requests", count)
		}
	}
}
