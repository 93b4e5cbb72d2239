package snapback

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// The longest line of a stream that is read. Events are a few hundred bytes.
const longestLine = 1 << 20

// event is one server-sent event, or a comment, which has no name and no data.
type event struct {
	name string
	id   string
	data string
}

// eventReader takes a stream apart. What is not ended by an empty line is not an event: half of one is never returned.
type eventReader struct {
	lines *bufio.Scanner
}

func newEventReader(stream io.Reader) *eventReader {
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 0, 4096), longestLine)
	lines.Split(lineSplitter())
	return &eventReader{lines}
}

// next returns the next event or comment; [io.EOF] when the stream has ended.
func (r *eventReader) next() (event, error) {
	var found event
	var data []string
	for r.lines.Scan() {
		line := r.lines.Text()
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if data == nil {
				// Nothing but a name or an id is not told to anybody.
				found = event{}
				continue
			}
			found.data = strings.Join(data, "\n")
			if found.name == "" {
				found.name = "message"
			}
			return found, nil
		case field == "" && data == nil && found == (event{}):
			return event{}, nil
		case field == "event":
			found.name = value
		case field == "id" && isHeaderValue(value):
			// It is sent back in a header.
			found.id = value
		case field == "data":
			data = append(data, value)
		}
	}
	if err := r.lines.Err(); err != nil {
		return event{}, fmt.Errorf("the stream broke off: %w", err)
	}
	return event{}, io.EOF
}

// Lines end with a line feed, a carriage return, or both. One that has come alone is the end of a line at once, and a line
// feed behind it, which may come later, is none. A byte order mark at the very beginning is passed over.
func lineSplitter() bufio.SplitFunc {
	afterReturn, begun := false, false
	return func(data []byte, atEOF bool) (int, []byte, error) {
		start := 0
		if !begun && len(data) > 0 {
			mark := []byte("\ufeff")
			if len(data) < len(mark) && !atEOF && bytes.HasPrefix(mark, data) {
				return 0, nil, nil
			}
			begun = true
			if bytes.HasPrefix(data, mark) {
				start = len(mark)
			}
		}
		if afterReturn && len(data) > 0 {
			afterReturn = false
			if data[0] == '\n' {
				start = 1
			}
		}
		end := bytes.IndexAny(data[start:], "\r\n")
		if end < 0 {
			// The rest of what was passed over is asked for again; a last line without an end is half a line.
			return start, nil, nil
		}
		afterReturn = data[start+end] == '\r'
		return start + end + 1, data[start : start+end], nil
	}
}
