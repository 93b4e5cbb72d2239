package snapback

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	firstPause   = 250 * time.Millisecond
	longestPause = 5 * time.Second
	// The longest time to wait because the service says so.
	longestRetryAfter = 60 * time.Second
)

// How long to wait before trying again after so many tries: as long as the service asks for, or each time twice as long as
// before. A part of that is chance, so that those who failed together do not come back together.
func pauseAfter(tries int, retryAfter time.Duration) time.Duration {
	if retryAfter > 0 {
		return retryAfter
	}
	pause := longestPause
	if tries < 6 {
		pause = min(longestPause, firstPause<<(tries-1))
	}
	return pause/2 + rand.N(pause/2)
}

// What the header asks for, seconds or a date; 0 when it asks for nothing that can be understood. A date is held against that
// of the same answer, so that it does not matter how the two clocks differ.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := header.Get("Retry-After")
	if text == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		// As a comparison of numbers: a very large one is no duration.
		if seconds >= longestRetryAfter.Seconds() {
			return longestRetryAfter
		}
		return max(0, time.Duration(seconds*float64(time.Second)))
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(0, until.Sub(now)), longestRetryAfter)
}

// Waits, or returns why the context has ended before.
func sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
