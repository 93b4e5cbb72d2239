package snapback

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
)

// How often in a row a stream that was heard once may bring nothing before it is given up: some half a minute, in which a
// service is started again.
const streamAttempts = 10

const tokenExpired = "token-expired"

var (
	errEndedEarly   = errors.New("the stream has ended before its final event")
	errTokenExpired = errors.New("the token has expired")
	errSilence      = errors.New("nothing came for too long, not even a heartbeat")
)

// stream is the events of one subject, from its present state to the final one, over as many connections as it takes.
type stream struct {
	client *Client
	call   call
	// The type of the events that are delivered. Others are passed over.
	event string
	// Told what comes; whether it wants more.
	deliver func(event) bool
	// Asked when nothing was heard, be it that the connection is silent or that there is none: whether the subject has ended.
	// Nil where only the stream can tell.
	look func(context.Context) (bool, error)

	lastID string
	// Whether any connection has brought anything yet.
	everHeard bool
	// Whether a token was refused since one was accepted.
	refused bool
}

// run delivers until nobody wants more. Whoever stops has no connection left when this returns.
func (s *stream) run(ctx context.Context) error {
	for quiet := 0; ; {
		heard, failure := s.connect(ctx)
		if failure == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ended(ctx, &s.call, failure, false)
		}
		if s.mayAskForAnother(failure) {
			continue
		}
		if !failure.passes() {
			return failure
		}
		if heard {
			quiet = 0
		}
		quiet++
		silent := errors.Is(failure, errSilence)
		looked := false
		if s.look != nil && (silent || !heard) {
			over, err := s.look(ctx)
			if err == nil && over {
				return nil
			}
			if err != nil && !passes(err) {
				return err
			}
			looked = err == nil
		}
		// As long as somebody answers, what a stream does not tell comes by asking.
		if quiet >= s.patience() && !looked {
			return failure
		}
		if silent || quiet == 1 && errors.Is(failure, errTokenExpired) {
			continue
		}
		if err := sleep(ctx, pauseAfter(quiet, failure.RetryAfter)); err != nil {
			return ended(ctx, &s.call, err, false)
		}
	}
}

func (s *stream) patience() int {
	if s.everHeard {
		return streamAttempts
	}
	return s.client.attempts
}

// Whether the token was refused, and another one may be had: once, until one is accepted.
func (s *stream) mayAskForAnother(failure *Error) bool {
	if failure.Status != http.StatusUnauthorized || s.refused || !mayChange(s.client.token) {
		return false
	}
	s.refused = true
	return true
}

// Whether it may be otherwise when one asks again: also silence, and a time that was up, are over some time.
func (e *Error) passes() bool {
	return e.passing() || errors.Is(e.kind, ErrTimeout)
}

func passes(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.passes()
}

// connect opens one connection and delivers what comes. It returns whether anything has come, if only a heartbeat, and why
// there is no more: nil when nobody wants more.
func (s *stream) connect(caller context.Context) (heard bool, failure *Error) {
	ctx, cancel := context.WithCancel(caller)
	defer cancel()
	quiet := newSilence(s.client.idle, cancel)
	defer quiet.stop()
	because := func(err error) *Error {
		if quiet.hasFallen() {
			return &Error{Operation: s.call.operation, Detail: "The stream is silent.", kind: ErrTimeout, cause: errSilence}
		}
		return ended(ctx, &s.call, err, false)
	}
	response, failure := s.open(ctx, because)
	if failure != nil {
		return false, failure
	}
	defer response.Body.Close()
	s.refused = false
	events := newEventReader(quiet.brokenBy(response.Body))
	for {
		found, err := events.next()
		switch {
		case errors.Is(err, io.EOF):
			return heard, because(errEndedEarly)
		case err != nil:
			return heard, because(err)
		case found.name == tokenExpired:
			// That somebody is there to say so is no progress: a token may always be expired.
			return heard, because(errTokenExpired)
		}
		heard, s.everHeard = true, true
		if found.name != s.event {
			continue
		}
		if found.id != "" {
			s.lastID = found.id
		}
		// Whoever takes his time with an event is not silence.
		quiet.stop()
		if !s.deliver(found) {
			return heard, nil
		}
		quiet.begin()
	}
}

func (s *stream) open(ctx context.Context, because func(error) *Error) (*http.Response, *Error) {
	request, failure := s.client.request(ctx, &s.call)
	if failure != nil {
		return nil, failure
	}
	request.Header.Set("Accept", "text/event-stream")
	// Whoever compresses a stream on its way waits until there is enough to compress.
	request.Header.Set("Accept-Encoding", "identity")
	if s.lastID != "" {
		request.Header.Set(lastEventID, s.lastID)
	}
	response, err := s.client.http.Do(request)
	if err != nil {
		return nil, because(err)
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); response.StatusCode == 200 && kind == "text/event-stream" {
		return response, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestLine))
	if err != nil {
		return nil, because(err)
	}
	return nil, refusal(&s.call, response, body)
}
