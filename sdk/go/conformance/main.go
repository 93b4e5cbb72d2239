// Runs the cases of sdk/conformance/cases.json against the service that the environment names, and prints one JSON line a case.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// What a case returns is what was seen; an error, what should not have been.
type run func(ctx context.Context, s *stage) (string, error)

type testCase struct {
	name string
	run  run
}

// The longest that a case may take. Slow snapshots take ten seconds, and a service that is started again some more.
const longestCase = 90 * time.Second

func main() {
	s, err := newStage()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	only := os.Getenv("ONLY")
	failed := false
	for _, one := range slices.Concat(errorCases, readingCases, streamCases, repeatingCases, waitingCases, gateCases, exportCases) {
		if only != "" && !slices.Contains(strings.Split(only, ","), one.name) {
			continue
		}
		detail, err := s.try(one)
		if err != nil {
			failed, detail = true, err.Error()
		}
		line, _ := json.Marshal(map[string]any{"case": one.name, "ok": err == nil, "detail": detail})
		fmt.Println(string(line))
	}
	if failed {
		os.Exit(1)
	}
}

// Each case finds nothing under way, no faults, and no requests but its own.
func (s *stage) try(one testCase) (detail string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), longestCase)
	defer cancel()
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("it panicked: %v", panicked)
		}
	}()
	if err := s.forget(); err != nil {
		return "", err
	}
	if err := s.settle(ctx); err != nil {
		return "", fmt.Errorf("before it began: %w", err)
	}
	if err := s.forget(); err != nil {
		return "", err
	}
	return one.run(ctx, s)
}

func fails(format string, values ...any) error {
	return fmt.Errorf(format, values...)
}

// The first error of those that are none of their business.
func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func as[T error](err error) (T, bool) {
	var found T
	ok := errors.As(err, &found)
	return found, ok
}
