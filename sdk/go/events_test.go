package snapback

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func readEvents(stream io.Reader) ([]event, error) {
	reader := newEventReader(stream)
	var all []event
	for {
		found, err := reader.next()
		if err != nil {
			return all, err
		}
		all = append(all, found)
	}
}

func TestAStreamIsTakenApartHoweverItIsWrittenAndComes(t *testing.T) {
	text := "\ufeffevent: a\nid: 1\ndata: one\n\n: heartbeat\n\ndata: two\ndata:  lines\nretry: 5\nunknown: x\n\nid: 3\n\nevent: b\n: within\ndata\n\ndata: half"
	want := []event{{"a", "1", "one"}, {}, {"message", "", "two\n lines"}, {"b", "", ""}}
	for _, end := range []string{"\n", "\r\n", "\r"} {
		stream := strings.ReplaceAll(text, "\n", end)
		for _, reader := range []io.Reader{strings.NewReader(stream), iotest.OneByteReader(strings.NewReader(stream))} {
			got, err := readEvents(reader)
			if !errors.Is(err, io.EOF) {
				t.Error(err)
			}
			if len(got) != len(want) {
				t.Fatalf("with %q: %q", end, got)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("with %q: %q, not %q", end, got[i], want[i])
				}
			}
		}
	}
}

func TestHalfAnEventIsNone(t *testing.T) {
	whole := "id: 1\ndata: {\"final\":true}\n\n"
	for length := range len(whole) {
		if got, _ := readEvents(strings.NewReader(whole[:length])); len(got) != 0 {
			t.Errorf("%q is %q", whole[:length], got)
		}
	}
}

func TestALineWithoutAnEndIsNotReadForEver(t *testing.T) {
	_, err := readEvents(io.MultiReader(strings.NewReader("data: "), strings.NewReader(strings.Repeat("x", 2*longestLine))))
	if err == nil || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
