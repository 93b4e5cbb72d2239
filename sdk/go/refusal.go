package snapback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// A problem document, as far as errors have what stands in it.
type problem struct {
	Code      ProblemCode        `json:"code"`
	Detail    string             `json:"detail"`
	RequestID string             `json:"requestId"`
	TraceID   string             `json:"traceId"`
	Errors    []FieldError       `json:"errors"`
	Reasons   []Finding          `json:"reasons"`
	Resource  *ResourceReference `json:"resource"`
}

// The error of an answer that is not what was asked for.
func refusal(call *call, response *http.Response, body []byte) *Error {
	failure := &Error{
		Operation:      call.operation,
		Status:         response.StatusCode,
		RetryAfter:     retryAfter(response.Header, time.Now()),
		IdempotencyKey: call.header.Get(idempotencyKey),
	}
	if response.StatusCode == http.StatusNotModified {
		failure.kind = ErrNotModified
		failure.Detail = "It is still what was read."
		return failure
	}
	var said problem
	if err := json.Unmarshal(body, &said); err != nil || said.Code == "" {
		failure.Detail = fmt.Sprintf("The answer is %q, and not the service's own.", http.StatusText(response.StatusCode))
		// A proxy that has lost the service, or lost patience with it, does not know what it has done.
		failure.OutcomeUnknown = !call.safe() && (response.StatusCode == 502 || response.StatusCode == 504)
		return failure
	}
	failure.Code = said.Code
	failure.Detail = said.Detail
	failure.Fields = said.Errors
	failure.Reasons = said.Reasons
	failure.Resource = said.Resource
	failure.RequestID = said.RequestID
	failure.TraceID = said.TraceID
	return failure
}

// The error of a call that was not answered. The context is that of the call, which ends when the time is up.
func ended(ctx context.Context, call *call, cause error, sent bool) *Error {
	failure := &Error{
		Operation:      call.operation,
		OutcomeUnknown: sent && !call.safe(),
		IdempotencyKey: call.header.Get(idempotencyKey),
		cause:          cause,
	}
	switch why := ctx.Err(); {
	case errors.Is(why, context.DeadlineExceeded):
		failure.kind, failure.cause = ErrTimeout, why
		failure.Detail = "There was no answer in time."
	case why != nil:
		failure.cause = why
		failure.Detail = "The call was cancelled."
	default:
		failure.kind = ErrNoAnswer
		failure.Detail = "The service could not be reached, or the connection was lost before it had answered."
	}
	if failure.OutcomeUnknown {
		failure.Detail += " The service may have done it all the same."
	}
	return failure
}

func withoutToken(ctx context.Context, call *call, cause error) *Error {
	if ctx.Err() != nil {
		return ended(ctx, call, cause, false)
	}
	return &Error{Operation: call.operation, Detail: "The token could not be brought.", cause: cause}
}
