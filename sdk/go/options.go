package snapback

import (
	"errors"
	"net/http"
	"time"
)

// Option sets something of a client as it is made.
type Option func(*Client) error

// WithTimeout sets how long a request may take, with all of its repetitions and the pauses between them: 30 seconds,
// unless told. Streams and waiting are not bounded by it; their context is.
func WithTimeout(timeout time.Duration) Option {
	return func(c *Client) error {
		if timeout <= 0 {
			return errors.New("snapback: a time-out is longer than nothing")
		}
		c.timeout = timeout
		return nil
	}
}

// WithAttempts sets how often a request that may be repeated is sent in all: 4 times, unless told.
func WithAttempts(attempts int) Option {
	return func(c *Client) error {
		if attempts < 1 {
			return errors.New("snapback: a request is sent at least once")
		}
		c.attempts = attempts
		return nil
	}
}

// WithTransport replaces [http.DefaultTransport], for proxies, certificates of your own and tests.
func WithTransport(transport http.RoundTripper) Option {
	return func(c *Client) error {
		if transport == nil {
			return errors.New("snapback: the transport is nil")
		}
		c.http.Transport = transport
		return nil
	}
}

// WithIdleTimeout sets for how long a stream may bring nothing, not even a heartbeat, before its connection is given up
// and opened again: 45 seconds, unless told. Waiting looks for itself after that time. The service sends a heartbeat
// every 15 seconds.
func WithIdleTimeout(idle time.Duration) Option {
	return func(c *Client) error {
		if idle <= 0 {
			return errors.New("snapback: an idle time is longer than nothing")
		}
		c.idle = idle
		return nil
	}
}
