package snapback

import (
	"context"
	"time"
)

// How long waiting waits before it looks again for what a stream has told already, or where there is no stream.
const lookPause = time.Second

// waiting is for the end of something that has a stream and can be looked at.
type waiting struct {
	client *Client
	call   call
	event  string
	// Told what comes.
	hear func(event)
	// Whether it has ended.
	look func(context.Context) (bool, error)
}

// Follows the stream to its final event, and looks then; and looks whenever there is nothing to be heard, so that a proxy
// that holds streams back delays no end.
func (w waiting) untilEnd(ctx context.Context) error {
	over := false
	look := func(ctx context.Context) (bool, error) {
		var err error
		over, err = w.look(ctx)
		return over, err
	}
	s := &stream{client: w.client, call: w.call.with(nil), event: w.event, look: look}
	s.deliver = func(found event) bool {
		if w.hear != nil {
			w.hear(found)
		}
		_, final, err := decodeEvent[struct{}](found)
		return err == nil && !final
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	for !over {
		if _, err := look(ctx); over || err != nil {
			return err
		}
		if err := sleep(ctx, lookPause); err != nil {
			return ended(ctx, &w.call, err, false)
		}
	}
	return nil
}
