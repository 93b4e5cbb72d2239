package snapback

import (
	"context"
	"encoding/json"
	"iter"
)

// Goes through the events of a stream as values of T, until the final one, an error, or until the loop is left.
func watch[T any](ctx context.Context, c *Client, call call, name string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		left := false
		s := &stream{client: c, call: call.with(nil), event: name}
		s.deliver = func(found event) bool {
			value, final, err := decodeEvent[T](found)
			if err != nil {
				err = notProgress(call, err)
			}
			left = !yield(value, err)
			return !left && !final && err == nil
		}
		if err := s.run(ctx); err != nil && !left {
			var none T
			yield(none, err)
		}
	}
}

func decodeEvent[T any](found event) (value T, final bool, err error) {
	var end struct {
		Final bool `json:"final"`
	}
	if err := json.Unmarshal([]byte(found.data), &value); err != nil {
		return value, false, err
	}
	err = json.Unmarshal([]byte(found.data), &end)
	return value, end.Final, err
}

func notProgress(call call, cause error) *Error {
	return &Error{Operation: call.operation, Status: 200, Detail: "An event is not what the contract says.", cause: cause}
}
