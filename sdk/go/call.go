package snapback

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	idempotencyKey = "Idempotency-Key"
	ifMatch        = "If-Match"
	ifNoneMatch    = "If-None-Match"
	lastEventID    = "Last-Event-ID"
)

// call is one request as the contract describes it. calls.gen.go has a function for each operation that makes one.
type call struct {
	operation string
	method    string
	// The path, with %s for each id.
	route string
	ids   []string
	query url.Values
	// The headers that the operation takes, beyond those that all do.
	takes []string
	// What is sent as JSON; nil for nothing.
	body any
	// Headers of this call; set by its options.
	header http.Header
	// What an option found to be wrong. It is told when the call is made.
	fault *Error
}

// CallOption sets something of one call.
type CallOption func(*call)

// IdempotencyKey makes a call that starts work recognizable, for 24 hours: the same key with the same request starts it
// once, and brings back what it has started. Without it each call has a key of its own.
func IdempotencyKey(key string) CallOption {
	return headerOption(idempotencyKey, key)
}

// IfMatch makes a change only if what is changed is still what was read with this ETag. Otherwise the error is
// [ProblemCodePreconditionFailed].
func IfMatch(etag string) CallOption {
	return headerOption(ifMatch, etag)
}

// IfNoneMatch reads only what is not any more what was read with this ETag. Otherwise the error is [ErrNotModified].
func IfNoneMatch(etag string) CallOption {
	return headerOption(ifNoneMatch, etag)
}

// An option that the operation does not know would be a promise that nobody keeps, so it is an error.
func headerOption(name, value string) CallOption {
	return func(c *call) {
		switch {
		case !slices.Contains(c.takes, name):
			c.fail(fmt.Sprintf("%s takes no %s.", c.operation, name))
		case !isHeaderValue(value):
			c.fail(fmt.Sprintf("The value for %s is empty, or has characters that no header can have.", name))
		default:
			c.header.Set(name, value)
		}
	}
}

func (c *call) fail(detail string) {
	c.fault = &Error{Operation: c.operation, Detail: detail}
}

// A copy with these options: a call may be made several times.
//
// Without an id a path is that of something else, such as the list that the thing is in.
func (c call) with(options []CallOption) call {
	c.header = c.header.Clone()
	if c.header == nil {
		c.header = http.Header{}
	}
	for _, option := range options {
		option(&c)
	}
	for _, id := range c.ids {
		if strings.Trim(id, ".") == "" {
			c.fail("An id is missing.")
		}
	}
	return c
}

// A copy that asks for a page of a list.
func (c call) page(cursor string, size int) call {
	query := url.Values{}
	for name, values := range c.query {
		query[name] = values
	}
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	if size != 0 {
		query.Set("limit", strconv.Itoa(size))
	}
	c.query = query
	return c
}

// Whether the service recognizes a repetition by its key.
func (c *call) keyed() bool {
	return slices.Contains(c.takes, idempotencyKey)
}

// Whether sending it twice does what sending it once does.
func (c *call) repeatable() bool {
	return c.safe() || c.method == http.MethodPut || c.method == http.MethodDelete || c.keyed()
}

// Whether it changes nothing.
func (c *call) safe() bool {
	return c.method == http.MethodGet
}

func (c *call) url(baseURL string) string {
	ids := make([]any, len(c.ids))
	for i, id := range c.ids {
		ids[i] = url.PathEscape(id)
	}
	address := baseURL + fmt.Sprintf(c.route, ids...)
	if len(c.query) == 0 {
		return address
	}
	return address + "?" + c.query.Encode()
}

func isHeaderValue(value string) bool {
	for _, char := range []byte(value) {
		if char < ' ' || char == 0x7f {
			return false
		}
	}
	return value != ""
}
