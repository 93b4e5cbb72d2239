package main

import (
	"context"
	"strings"

	"github.com/snapback/snapback-go"
)

// An id that nothing has.
const nobody = "00000000-0000-4000-8000-000000000000"

var errorCases = []testCase{
	{"errors-typed", errorsTyped},
	{"errors-name-fields", errorsNameFields},
	{"errors-of-a-proxy", errorsOfAProxy},
	{"unknown-code", unknownCode},
	{"long-key", longKey},
}

func errorsTyped(ctx context.Context, s *stage) (string, error) {
	_, err := s.client.Snapshots.View(ctx, s.world.EnvironmentID, nobody)
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status != 404 || failure.Code != snapback.ProblemCodeNotFound || failure.RequestID == "" {
		return "", fails("%v", err)
	}
	if !strings.Contains(failure.Detail, nobody) {
		return "", fails("the sentence is %q", failure.Detail)
	}
	return failure.Error(), nil
}

func errorsNameFields(ctx context.Context, s *stage) (string, error) {
	_, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: strings.Repeat("x", 101)})
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status != 422 || len(failure.Fields) != 1 || failure.Fields[0].Field != "name" {
		return "", fails("%v", err)
	}
	return failure.Fields[0].Field + " " + failure.Fields[0].Message, nil
}

func errorsOfAProxy(ctx context.Context, s *stage) (string, error) {
	client, err := s.newClient(snapback.WithAttempts(1))
	answer := fault{"status": 502, "headers": fault{"content-type": "text/html"}, "body": "<html><h1>502</h1></html>"}
	if err := firstOf(err, s.expect(fault{"path": "/projects/", "answer": answer})); err != nil {
		return "", err
	}
	_, err = client.Projects.View(ctx, s.world.ProjectID)
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status != 502 || failure.Code != "" {
		return "", fails("%v", err)
	}
	return failure.Error(), nil
}

func unknownCode(ctx context.Context, s *stage) (string, error) {
	problem := fault{"type": "urn:x", "title": "T", "status": 409, "code": "moon-is-full", "detail": "Wait for the new moon."}
	if err := s.expect(fault{"method": "POST", "path": "/projects$", "answer": fault{"status": 409, "body": problem}}); err != nil {
		return "", err
	}
	_, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: "never"})
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status != 409 || failure.Code != "moon-is-full" {
		return "", fails("%v", err)
	}
	return failure.Error(), nil
}

func longKey(ctx context.Context, s *stage) (string, error) {
	key := snapback.IdempotencyKey(strings.Repeat("k", 10_000))
	_, err := s.client.Snapshots.Create(ctx, s.world.EnvironmentID, snapback.SnapshotCreate{}, key)
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status < 400 || failure.Status > 499 {
		return "", fails("%v", err)
	}
	if _, err := s.client.Projects.View(ctx, s.world.ProjectID); err != nil {
		return "", fails("the next request: %w", err)
	}
	return failure.Error(), nil
}
