package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/snapback/snapback-go"
)

var repeatingCases = []testCase{
	{"retries", func(ctx context.Context, s *stage) (string, error) {
		return s.patiently(ctx, fault{"times": 2, "answer": fault{"status": 503, "headers": fault{"retry-after": "1"}}})
	}},
	{"retries-by-date", func(ctx context.Context, s *stage) (string, error) {
		answer := fault{"status": 503, "headers": fault{"retry-after": "{now+2}"}}
		return s.patiently(ctx, fault{"clockSkewSeconds": -3600, "answer": answer})
	}},
	{"retries-with-key", retriesWithKey},
	{"no-retry-without-key", noRetryWithoutKey},
	{"delete-answer-lost", deleteAnswerLost},
	{"retries-end", retriesEnd},
	{"time-out", timeOut},
	{"cancel-request", cancelRequest},
}

// Reads a project that is answered only after two seconds of waiting.
func (s *stage) patiently(ctx context.Context, refusal fault) (string, error) {
	if err := s.expect(refusal); err != nil {
		return "", err
	}
	began := time.Now()
	_, err := s.client.Projects.View(ctx, s.world.ProjectID)
	took := time.Since(began)
	if err == nil && (took < 2*time.Second || took > 10*time.Second) {
		err = fails("it took %v", took)
	}
	return took.String(), err
}

func retriesWithKey(ctx context.Context, s *stage) (string, error) {
	before, err := s.client.Snapshots.List(s.world.EnvironmentID, nil).First(ctx)
	if err := firstOf(err, s.expect(fault{"method": "POST", "path": "/snapshots$", "lose": true})); err != nil {
		return "", err
	}
	if _, err := s.client.Snapshots.Create(ctx, s.world.EnvironmentID, snapback.SnapshotCreate{}); err != nil {
		return "", err
	}
	sent, err := s.arrived("POST", "/snapshots")
	if err != nil {
		return "", err
	}
	key := sent[0].Headers["idempotency-key"]
	if len(sent) != 2 || key == "" || sent[1].Headers["idempotency-key"] != key {
		return "", fails("%d requests, the first with the key %q", len(sent), key)
	}
	after, err := s.client.Snapshots.List(s.world.EnvironmentID, nil).First(ctx)
	if err == nil && after.Total != before.Total+1 {
		err = fails("there were %d snapshots, and are %d", before.Total, after.Total)
	}
	return "twice with " + key, err
}

func noRetryWithoutKey(ctx context.Context, s *stage) (string, error) {
	if err := s.expect(fault{"method": "POST", "path": "/projects$", "lose": true}); err != nil {
		return "", err
	}
	_, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: "perhaps"})
	failure, ok := as[*snapback.Error](err)
	if !ok || !failure.OutcomeUnknown || !errors.Is(err, snapback.ErrNoAnswer) {
		return "", fails("%v", err)
	}
	sent, err := s.arrived("POST", "/projects")
	if err != nil || len(sent) != 1 {
		return "", fails("%d requests, %v", len(sent), err)
	}
	for project, err := range s.client.Projects.List().All(ctx) {
		if err != nil {
			return "", err
		}
		if project.Name == "perhaps" {
			return failure.Error(), s.client.Projects.Delete(ctx, project.ID)
		}
	}
	return "", fails("the service has not heard of it")
}

func deleteAnswerLost(ctx context.Context, s *stage) (string, error) {
	project, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: "deleted at once"})
	if err := firstOf(err, s.expect(fault{"method": "DELETE", "path": "/projects/", "lose": true})); err != nil {
		return "", err
	}
	if err := s.client.Projects.Delete(ctx, project.ID); err != nil {
		return "", err
	}
	sent, err := s.arrived("DELETE", "/projects/"+project.ID)
	if err != nil || len(sent) != 2 {
		return "", fails("%d requests, %v", len(sent), err)
	}
	if err := s.client.Projects.Delete(ctx, project.ID); !errors.Is(err, snapback.ProblemCodeNotFound) {
		return "", fails("%v", err)
	}
	return "sent twice, and the 404 of the second was no error", nil
}

func retriesEnd(ctx context.Context, s *stage) (string, error) {
	client, err := s.newClient(snapback.WithAttempts(3))
	if err := firstOf(err, s.expect(fault{"times": 1000, "answer": fault{"status": 503, "body": "closed"}})); err != nil {
		return "", err
	}
	_, err = client.Projects.View(ctx, s.world.ProjectID)
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status != 503 {
		return "", fails("%v", err)
	}
	sent, err := s.arrived("GET", "/projects/")
	if err != nil || len(sent) != 3 {
		return "", fails("%d requests, %v", len(sent), err)
	}
	return failure.Error(), nil
}

func timeOut(ctx context.Context, s *stage) (string, error) {
	client, err := s.newClient(snapback.WithTimeout(2 * time.Second))
	if err := firstOf(err, s.expect(fault{"times": 1000, "hang": true})); err != nil {
		return "", err
	}
	began := time.Now()
	_, err = client.Projects.View(ctx, s.world.ProjectID)
	took := time.Since(began)
	if !errors.Is(err, snapback.ErrTimeout) || took < 2*time.Second || took > 3*time.Second {
		return "", fails("%v after %v", err, took)
	}
	return fmt.Sprintf("%v after %v", err, took), nil
}

func cancelRequest(ctx context.Context, s *stage) (string, error) {
	if err := s.expect(fault{"times": 1000, "hang": true}); err != nil {
		return "", err
	}
	cancelled, cancel := context.WithCancel(ctx)
	time.AfterFunc(300*time.Millisecond, cancel)
	began := time.Now()
	_, err := s.client.Projects.View(cancelled, s.world.ProjectID)
	took := time.Since(began)
	if !errors.Is(err, context.Canceled) || took > time.Second {
		return "", fails("%v after %v", err, took)
	}
	time.Sleep(time.Second)
	sent, err := s.arrived("GET", "/projects/")
	if err != nil || len(sent) != 1 {
		return "", fails("%d requests, %v", len(sent), err)
	}
	return took.String(), nil
}
