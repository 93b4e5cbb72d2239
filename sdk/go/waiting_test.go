package snapback

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Answers streams with one and everything else with the other.
func either(stream, view http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/progress") {
			stream(w, r)
		} else {
			view(w, r)
		}
	}
}

// Answers with the first for some time, and with the second from then on.
func later(after time.Duration, first, second http.HandlerFunc) http.HandlerFunc {
	until := time.Now().Add(after)
	return func(w http.ResponseWriter, r *http.Request) {
		if time.Now().Before(until) {
			first(w, r)
		} else {
			second(w, r)
		}
	}
}

func snapshot(status SnapshotStatus) http.HandlerFunc {
	return says(200, map[string]any{"id": "s", "status": status})
}

func TestASnapshotIsReturnedWhenItIsCompleted(t *testing.T) {
	s := newService(t, either(streams(ends, progress(1, 10, false), progress(2, 100, true)), snapshot("completed")))
	got, err := s.client().Snapshots.WaitFor(t.Context(), "e", "s")
	if err != nil || got.ID != "s" || len(s.requests()) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestASnapshotThatEndsOtherwiseIsInTheError(t *testing.T) {
	for _, status := range []SnapshotStatus{SnapshotStatusCancelled, SnapshotStatusFailed, "archived"} {
		s := newService(t, either(streams(ends, progress(1, 10, true)), snapshot(status)))
		_, err := s.client().Snapshots.WaitFor(t.Context(), "e", "s")
		var failure *SnapshotError
		if !errors.As(err, &failure) || failure.Snapshot.Status != status {
			t.Error(err)
		}
	}
}

func TestItemsAreReturnedWhenTheyAreWhereTheyShouldBe(t *testing.T) {
	for name, c := range map[string]struct {
		state map[string]any
		good  bool
	}{
		"completed":                            {map[string]any{"status": "completed", "finishedAt": time.Now()}, true},
		"undone, but for what has changed":     {map[string]any{"status": "undone", "finding": map[string]any{"code": "item-changed"}, "finishedAt": time.Now()}, true},
		"failed":                               {map[string]any{"status": "failed", "finding": map[string]any{"code": "restore-failed"}, "finishedAt": time.Now()}, false},
		"still there, since something changed": {map[string]any{"status": "completed", "finding": map[string]any{"code": "item-changed"}, "finishedAt": time.Now()}, false},
	} {
		undoing := says(200, map[string]any{"id": "i", "status": "undoing", "finishedAt": nil})
		event := strings.Replace(progress(1, 100, true), snapshotProgressEvent, itemRestoreProgressEvent, 1)
		s := newService(t, streams(ends, event), undoing, says(200, c.state))
		got, err := s.client().Items.WaitFor(t.Context(), "e", "i")
		var failure *ItemRestoreError
		if c.good != (err == nil && got != nil) || c.good == errors.As(err, &failure) || len(s.requests()) != 3 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAnExportIsReturnedWhenItHasAFile(t *testing.T) {
	for status, good := range map[string]bool{"completed": true, "failed": false, "removed": false} {
		event := strings.Replace(progress(1, 100, true), snapshotProgressEvent, exportProgressEvent, 1)
		ended := says(200, map[string]any{"id": "x", "status": status, "finishedAt": time.Now()})
		s := newService(t, streams(ends, event), says(200, map[string]any{"id": "x", "status": "running", "finishedAt": nil}), ended)
		got, err := s.client().Exports.WaitFor(t.Context(), "e", "x")
		var failure *ExportError
		if good != (err == nil && got != nil) || good == errors.As(err, &failure) || len(s.requests()) != 3 {
			t.Errorf("%s: %+v, %v", status, got, err)
		}
	}
}

func TestWaitingLooksWhereNothingIsHeard(t *testing.T) {
	for name, stream := range map[string]http.HandlerFunc{
		"a proxy that buffers": hangs,
		"too many streams":     says(429, "", "Retry-After", "0"),
		"a broken connection":  loses,
	} {
		view := later(time.Second, snapshot("running"), snapshot("completed"))
		s := newService(t, either(stream, view))
		began := time.Now()
		got, err := s.client(WithIdleTimeout(200*time.Millisecond), WithAttempts(2)).Snapshots.WaitFor(t.Context(), "e", "s")
		if err != nil || got.Status != SnapshotStatusCompleted || time.Since(began) > 4*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
	}
}

func TestWaitingEndsWhereItCannotGoOn(t *testing.T) {
	s := newService(t, refuses(404, "not-found"))
	if _, err := s.client().Snapshots.WaitFor(t.Context(), "e", "s"); !errors.Is(err, ProblemCodeNotFound) || len(s.requests()) != 1 {
		t.Error(err)
	}
	// The view is refused where the stream only fails.
	s = newService(t, either(loses, refuses(403, "permission-missing")))
	if _, err := s.client().Snapshots.WaitFor(t.Context(), "e", "s"); !errors.Is(err, ProblemCodePermissionMissing) {
		t.Error(err)
	}
	s = newService(t, either(hangs, snapshot("running")))
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := s.client(WithIdleTimeout(100*time.Millisecond)).Snapshots.WaitFor(ctx, "e", "s"); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

func rollbackLogs(status RollbackStatus) http.HandlerFunc {
	return says(200, map[string]any{"items": []map[string]any{
		{"deploymentId": "other", "status": "completed"}, {"deploymentId": "d", "environmentId": "e", "status": status},
	}, "total": 2})
}

func TestARollbackIsReturnedAsItsLog(t *testing.T) {
	event := "event: rollback-progress\nid: 1\ndata: {\"environmentId\":\"e\",\"final\":true}\n\n"
	s := newService(t, either(streams(ends, event), rollbackLogs("completed")))
	log, err := s.client().Rollbacks.WaitFor(t.Context(), "d")
	if err != nil || log.DeploymentID != "d" || s.requests()[1].path != "/api/v1/environments/e/rollback-logs" {
		t.Errorf("%+v, %v", log, err)
	}
	s = newService(t, either(streams(ends, event), rollbackLogs("reverted")))
	_, err = s.client().Rollbacks.WaitFor(t.Context(), "d")
	var failure *RollbackError
	if !errors.As(err, &failure) || failure.Rollback.Status != RollbackStatusReverted {
		t.Error(err)
	}
}

func TestARollbackOfWhichNothingIsHeardIsFoundByItsDeployment(t *testing.T) {
	s := newService(t, hangs, says(200, `{"id":"d","environmentId":"e"}`), rollbackLogs("completed"))
	log, err := s.client(WithIdleTimeout(100*time.Millisecond)).Rollbacks.WaitFor(t.Context(), "d")
	if err != nil || log.DeploymentID != "d" {
		t.Errorf("%+v, %v", log, err)
	}
}
