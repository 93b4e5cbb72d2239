package snapback

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

var (
	// ErrTimeout says that the time was up, be it that of [WithTimeout] or that of the context.
	ErrTimeout = errors.New("the time is up")
	// ErrNoAnswer says that the service could not be reached, or that the connection was lost before it had answered.
	ErrNoAnswer = errors.New("there was no answer")
	// ErrNotModified says that what is asked for is still what [IfNoneMatch] names.
	ErrNotModified = errors.New("not modified")
)

// Error is what went wrong with one call: what the service says, or why it says nothing.
type Error struct {
	// Operation is the name of the operation in the contract, such as snapshotView.
	Operation string
	// Status is the HTTP status; 0 when nothing was answered.
	Status int
	// Code is the service's stable name of the problem. It is empty when nothing was answered, and when the answer is not the
	// service's but that of a proxy before it. A newer service may have codes that this package has no name for.
	Code ProblemCode
	// Detail is a sentence that says what is wrong, and what to do about it.
	Detail string
	// Fields has each parameter or property that is wrong, where Status is 422.
	Fields []FieldError
	// Reasons has each reason why a rollback is refused.
	Reasons []Finding
	// Resource is what stands in the way, where the service names it.
	Resource *ResourceReference
	// RequestID is what the service has logged the request under.
	RequestID string
	// TraceID is the trace that the request belongs to, where there is one.
	TraceID string
	// RetryAfter is how long the service asks to wait before the next try; 0 when it does not say.
	RetryAfter time.Duration
	// OutcomeUnknown says that the service may have done what it was asked for, although it did not say so.
	OutcomeUnknown bool
	// IdempotencyKey is the key that was sent: with it the same call can be made again, and does not start its work twice.
	IdempotencyKey string

	// ErrTimeout, ErrNoAnswer or ErrNotModified; nil when the service has said what is wrong.
	kind  error
	cause error
}

// Error says in one line what went wrong.
func (e *Error) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "snapback: %s: ", e.Operation)
	if e.Status != 0 {
		fmt.Fprintf(&text, "%d ", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&text, "%s: ", string(e.Code))
	}
	text.WriteString(e.Detail)
	if e.cause != nil {
		fmt.Fprintf(&text, " (%v)", e.cause)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&text, " [request %s]", e.RequestID)
	}
	return text.String()
}

// Is makes a code a target of [errors.Is].
func (e *Error) Is(target error) bool {
	code, ok := target.(ProblemCode)
	return ok && code != "" && code == e.Code
}

// Unwrap has [ErrTimeout], [ErrNoAnswer] or [ErrNotModified] where it applies, and what caused it.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.kind, e.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Error makes a code something that [errors.Is] can ask for: errors.Is(err, snapback.ProblemCodeNotFound).
func (c ProblemCode) Error() string {
	return string(c)
}

// Whether it may be otherwise in a moment.
func (e *Error) passing() bool {
	switch e.Status {
	case 0:
		return errors.Is(e.kind, ErrNoAnswer)
	case 408, 429, 502, 503, 504:
		return true
	default:
		return false
	}
}
