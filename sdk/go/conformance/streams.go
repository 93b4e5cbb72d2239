package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/snapback/snapback-go"
)

var streamCases = []testCase{
	{"unknown-event", unknownEvent},
	{"stream-ends", streamEnds},
	{"stream-resumes", func(ctx context.Context, s *stage) (string, error) {
		return s.cutOff(ctx, fault{"path": "/progress$", "cutAfterEvents": 2}, 2)
	}},
	{"stream-truncated", func(ctx context.Context, s *stage) (string, error) {
		return s.cutOff(ctx, fault{"path": "/progress$", "cutWithinEvent": 2}, 1)
	}},
	{"stream-survives-restart", streamSurvivesRestart},
	{"stream-refused", streamRefused},
	{"stream-token-expired", streamTokenExpired},
	{"cancel-stream", cancelStream},
}

// Takes a snapshot and watches it to its end. What `at` is called with is the number of the event.
func (s *stage) watch(ctx context.Context, client *snapback.Client, environmentID string, at func(number int, snapshotID string)) ([]snapback.SnapshotProgress, error) {
	snapshot, err := s.client.Snapshots.Create(ctx, environmentID, snapback.SnapshotCreate{})
	if err != nil {
		return nil, err
	}
	var all []snapback.SnapshotProgress
	for progress, err := range client.Snapshots.Watch(ctx, environmentID, snapshot.ID) {
		if err != nil {
			return all, fmt.Errorf("behind %d events: %w", len(all), err)
		}
		all = append(all, progress)
		if at != nil {
			at(len(all), snapshot.ID)
		}
	}
	if len(all) == 0 || !all[len(all)-1].Final {
		return all, fails("the last of %d events is not final", len(all))
	}
	return all, nil
}

// Events as texts, to compare them: what points somewhere is not the same twice.
func texts(events []snapback.SnapshotProgress) []string {
	all := make([]string, len(events))
	for i, event := range events {
		all[i] = fmt.Sprint(event.At.UnixNano(), event.Percent, event.BytesDone, event.FilesDone, event.Status, event.Message, event.Final)
	}
	return all
}

func unknownEvent(ctx context.Context, s *stage) (string, error) {
	weather := "event: weather\nid: 999999999999\ndata: {\"final\": true}\n\n"
	if err := s.expect(fault{"path": "/progress$", "insertEvent": weather}); err != nil {
		return "", err
	}
	events, err := s.watch(ctx, s.client, s.world.EnvironmentID, nil)
	if err == nil && events[0].SnapshotID == "" {
		err = fails("it was delivered: %+v", events[0])
	}
	return fmt.Sprintf("%d events", len(events)), err
}

func streamEnds(ctx context.Context, s *stage) (string, error) {
	events, err := s.watch(ctx, s.client, s.world.EnvironmentID, nil)
	if err != nil {
		return "", err
	}
	streams, err := s.closedStreams()
	return fmt.Sprintf("%d events, %d streams closed", len(events), streams), err
}

// Watches a snapshot whose stream is cut behind so many whole events.
func (s *stage) cutOff(ctx context.Context, cut fault, whole int) (string, error) {
	if err := s.expect(cut); err != nil {
		return "", err
	}
	events, err := s.watch(ctx, s.client, s.world.SlowEnvironmentID, nil)
	if err != nil {
		return "", err
	}
	seen := texts(events)
	if slices.Sort(seen); len(slices.Compact(slices.Clone(seen))) != len(seen) {
		return "", fails("an event came twice: %q", seen)
	}
	streams, err := s.arrived("GET", "/progress")
	if err != nil {
		return "", err
	}
	if len(streams) != 2 || streams[1].Headers["last-event-id"] == "" || len(events) <= whole {
		return "", fails("%d streams, %d events", len(streams), len(events))
	}
	return fmt.Sprintf("%d events, none twice", len(events)), nil
}

func streamSurvivesRestart(ctx context.Context, s *stage) (string, error) {
	restarted := make(chan error, 1)
	events, err := s.watch(ctx, s.client, s.world.SlowEnvironmentID, func(number int, _ string) {
		if number == 2 {
			go func() { restarted <- s.restart() }()
		}
	})
	if err != nil {
		return "", err
	}
	if err := <-restarted; err != nil {
		return "", err
	}
	return fmt.Sprintf("%d events, the last %s", len(events), events[len(events)-1].Status), nil
}

func streamRefused(ctx context.Context, s *stage) (string, error) {
	asked := 0
	counting, err := s.countingClient(&asked)
	if err != nil {
		return "", err
	}
	for _, one := range []struct {
		client *snapback.Client
		status int
		want   int
	}{{s.client, 401, 1}, {s.client, 403, 1}, {s.client, 404, 1}, {counting, 401, 2}, {counting, 403, 1}} {
		refusal := fault{"status": one.status, "body": fault{"code": "a-code", "detail": "No."}}
		if err := firstOf(s.forget(), s.expect(fault{"path": "/progress$", "times": 9, "answer": refusal})); err != nil {
			return "", err
		}
		var last error
		for _, err := range one.client.Snapshots.Watch(ctx, s.world.EnvironmentID, s.world.SnapshotID) {
			last = err
		}
		failure, ok := as[*snapback.Error](last)
		streams, err := s.arrived("GET", "/progress")
		if err != nil || !ok || failure.Status != one.status || len(streams) != one.want {
			return "", fails("%d: %v after %d requests, %v", one.status, last, len(streams), err)
		}
	}
	if asked != 3 {
		return "", fails("the token was asked for %d times", asked)
	}
	return "ended by 401, 403 and 404", nil
}

func streamTokenExpired(ctx context.Context, s *stage) (string, error) {
	asked := 0
	client, err := s.countingClient(&asked)
	expired := "event: token-expired\nid: 1\ndata: {\"code\": \"token-expired\", \"message\": \"Again.\"}\n\n"
	if err := firstOf(err, s.expect(fault{"path": "/progress$", "insertEvent": expired, "cutAfterEvents": 0})); err != nil {
		return "", err
	}
	events, err := s.watch(ctx, client, s.world.EnvironmentID, nil)
	if err != nil {
		return "", err
	}
	streams, err := s.arrived("GET", "/progress")
	if err != nil || asked != 2 || len(streams) != 2 || streams[1].Headers["last-event-id"] != "" {
		return "", fails("%d streams with %d tokens, %v", len(streams), asked, err)
	}
	return fmt.Sprintf("%d events with the second token", len(events)), nil
}

func cancelStream(ctx context.Context, s *stage) (string, error) {
	snapshot, err := s.client.Snapshots.Create(ctx, s.world.SlowEnvironmentID, snapback.SnapshotCreate{})
	if err != nil {
		return "", err
	}
	for _, err := range s.client.Snapshots.Watch(ctx, s.world.SlowEnvironmentID, snapshot.ID) {
		if err != nil {
			return "", err
		}
		break
	}
	if _, err := s.closedStreams(); err != nil {
		return "", err
	}
	// And by its context.
	left, leave := context.WithCancel(ctx)
	defer leave()
	for _, err := range s.client.Snapshots.Watch(left, s.world.SlowEnvironmentID, snapshot.ID) {
		if err != nil && !errors.Is(err, context.Canceled) {
			return "", err
		}
		leave()
	}
	streams, err := s.closedStreams()
	return fmt.Sprintf("%d streams closed", streams), err
}
