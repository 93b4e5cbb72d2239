package snapback

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// answer is what came back, whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send makes a call and reads what is answered as a T.
func send[T any](ctx context.Context, c *Client, call call, options []CallOption) (*T, error) {
	call = call.with(options)
	answer, err := c.exchange(ctx, &call)
	if err != nil {
		return nil, err
	}
	value := new(T)
	if err := json.Unmarshal(answer.body, value); err != nil {
		return nil, &Error{
			Operation: call.operation,
			Status:    answer.status,
			Detail:    "The answer is not what the contract says; is it the service that answers?",
			cause:     err,
		}
	}
	if tagged, ok := any(value).(interface{ setETag(tag string) }); ok {
		tagged.setETag(answer.header.Get("ETag"))
	}
	return value, nil
}

// sendForNothing makes a call whose answer has no content.
func sendForNothing(ctx context.Context, c *Client, call call, options []CallOption) error {
	call = call.with(options)
	_, err := c.exchange(ctx, &call)
	return err
}

// exchange sends a call, again where that does no harm, until it is answered or the time is up.
func (c *Client) exchange(caller context.Context, call *call) (*answer, error) {
	if call.fault != nil {
		return nil, call.fault
	}
	if call.keyed() && call.header.Get(idempotencyKey) == "" {
		call.header.Set(idempotencyKey, newKey())
	}
	ctx, cancel := context.WithTimeout(caller, c.timeout)
	defer cancel()
	deadline, _ := ctx.Deadline()
	perhapsDeleted := false
	for tries := 1; ; tries++ {
		found, failure := c.attempt(ctx, call)
		if failure == nil {
			return found, nil
		}
		if perhapsDeleted && failure.Status == http.StatusNotFound {
			// It is gone by the attempt whose answer was lost.
			return &answer{status: http.StatusNoContent}, nil
		}
		perhapsDeleted = perhapsDeleted || (call.method == http.MethodDelete && failure.OutcomeUnknown)
		if tries >= c.attempts || !call.repeatable() || !failure.passing() {
			return nil, failure
		}
		pause := pauseAfter(tries, failure.RetryAfter)
		if time.Until(deadline) <= pause {
			// The time would be up by then. What was answered says more than that.
			return nil, failure
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, ended(ctx, call, err, false)
		}
	}
}

// attempt sends a call once, and reads the answer to its end.
func (c *Client) attempt(ctx context.Context, call *call) (*answer, *Error) {
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	request, failure := c.request(ctx, call)
	if failure != nil {
		return nil, failure
	}
	request.Header.Set("Accept", "application/json, application/problem+json")
	response, err := c.http.Do(request)
	if err != nil {
		return nil, ended(ctx, call, err, sent.Load())
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, ended(ctx, call, err, true)
	}
	if response.StatusCode >= 200 && response.StatusCode < 300 {
		return &answer{response.StatusCode, response.Header, body}, nil
	}
	return nil, refusal(call, response, body)
}

func (c *Client) request(ctx context.Context, call *call) (*http.Request, *Error) {
	var body io.Reader
	if call.body != nil {
		text, err := json.Marshal(call.body)
		if err != nil {
			return nil, &Error{Operation: call.operation, Detail: "The body cannot be written as JSON.", cause: err}
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, call.method, call.url(c.baseURL), body)
	if err != nil {
		return nil, &Error{Operation: call.operation, Detail: "The request cannot be made.", cause: err}
	}
	token, err := c.token.Token(ctx)
	if err != nil {
		return nil, withoutToken(ctx, call, err)
	}
	if !isHeaderValue(token) {
		return nil, &Error{Operation: call.operation, Detail: "The token is empty, or has characters that no header can have."}
	}
	for name, values := range call.header {
		request.Header[name] = values
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("User-Agent", "snapback-go/"+Version)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}
