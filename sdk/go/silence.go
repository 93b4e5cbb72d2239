package snapback

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// silence ends a connection over which nothing has come for a while.
type silence struct {
	idle  time.Duration
	timer *time.Timer
	fell  atomic.Bool
}

func newSilence(idle time.Duration, end context.CancelFunc) *silence {
	s := &silence{idle: idle}
	s.timer = time.AfterFunc(idle, func() {
		s.fell.Store(true)
		end()
	})
	return s
}

// Whether it was silence that has ended the connection.
func (s *silence) hasFallen() bool {
	return s.fell.Load()
}

func (s *silence) begin() {
	s.timer.Reset(s.idle)
}

func (s *silence) stop() {
	s.timer.Stop()
}

// A reader that breaks the silence with each byte it brings.
func (s *silence) brokenBy(stream io.Reader) io.Reader {
	return &listener{stream, s}
}

type listener struct {
	stream  io.Reader
	silence *silence
}

func (l *listener) Read(buffer []byte) (int, error) {
	count, err := l.stream.Read(buffer)
	if count > 0 {
		l.silence.begin()
	}
	return count, err
}
