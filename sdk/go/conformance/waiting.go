package main

import (
	"context"
	"fmt"
	"time"

	"github.com/snapback/snapback-go"
)

var waitingCases = []testCase{
	{"stream-buffered", streamBuffered},
	{"wait-for-snapshot", waitForSnapshot},
	{"rollback", rollback},
}

func streamBuffered(ctx context.Context, s *stage) (string, error) {
	client, err := s.newClient(snapback.WithIdleTimeout(2 * time.Second))
	if err := firstOf(err, s.expect(fault{"path": "/progress$", "times": 1000, "buffer": true})); err != nil {
		return "", err
	}
	queued, err := client.Snapshots.Create(ctx, s.world.SlowEnvironmentID, snapback.SnapshotCreate{})
	if err != nil {
		return "", err
	}
	snapshot, err := client.Snapshots.WaitFor(ctx, s.world.SlowEnvironmentID, queued.ID)
	if err != nil {
		return "", err
	}
	late := time.Since(*snapshot.FinishedAt)
	if late > 5*time.Second {
		return "", fails("it was told %v after its end", late)
	}
	_, err = s.closedStreams()
	return fmt.Sprintf("told %v after its end", late), err
}

func waitForSnapshot(ctx context.Context, s *stage) (string, error) {
	queued, err := s.client.Snapshots.Create(ctx, s.world.EnvironmentID, snapback.SnapshotCreate{})
	if err != nil {
		return "", err
	}
	completed, err := s.client.Snapshots.WaitFor(ctx, s.world.EnvironmentID, queued.ID)
	if err != nil || completed.Status != snapback.SnapshotStatusCompleted {
		return "", fails("%+v, %v", completed, err)
	}
	queued, err = s.client.Snapshots.Create(ctx, s.world.SlowEnvironmentID, snapback.SnapshotCreate{})
	if err != nil {
		return "", err
	}
	time.AfterFunc(time.Second, func() {
		_, _ = s.client.Snapshots.Cancel(ctx, s.world.SlowEnvironmentID, queued.ID)
	})
	_, err = s.client.Snapshots.WaitFor(ctx, s.world.SlowEnvironmentID, queued.ID)
	failure, ok := as[*snapback.SnapshotError](err)
	if !ok || failure.Snapshot.ID != queued.ID || failure.Snapshot.Status != snapback.SnapshotStatusCancelled {
		return "", fails("%v", err)
	}
	return failure.Error(), nil
}

func rollback(ctx context.Context, s *stage) (string, error) {
	undoable := snapback.SnapshotSettingsUpdate{UndoMinutes: snapback.Ptr(10)}
	if _, err := s.client.Settings.Update(ctx, s.world.EnvironmentID, undoable); err != nil {
		return "", err
	}
	request := snapback.RollbackRequest{SnapshotID: s.world.SnapshotID, CreateSafetySnapshot: snapback.Ptr(false)}
	plan, err := s.client.Rollbacks.Plan(ctx, s.world.EnvironmentID, request)
	if err != nil || !plan.Allowed {
		return "", fails("the plan: %+v, %v", plan, err)
	}
	accepted, err := s.client.Rollbacks.Create(ctx, s.world.EnvironmentID, request)
	if err != nil {
		return "", err
	}
	log, err := s.client.Rollbacks.WaitFor(ctx, accepted.DeploymentID)
	if err != nil || log.Status != snapback.RollbackStatusCompleted || log.DowntimeMs == nil {
		return "", fails("%+v, %v", log, err)
	}
	undo, err := s.client.Rollbacks.Undo(ctx, accepted.DeploymentID, snapback.UndoRequest{})
	if err != nil {
		return "", err
	}
	undone, err := s.client.Rollbacks.WaitFor(ctx, undo.DeploymentID)
	if err != nil || undone.UndoOf == nil || *undone.UndoOf != accepted.DeploymentID {
		return "", fails("%+v, %v", undone, err)
	}
	log, err = s.client.Rollbacks.WaitFor(ctx, accepted.DeploymentID)
	if err != nil || log.UndoneBy == nil || *log.UndoneBy != undo.DeploymentID {
		return "", fails("%+v, %v", log, err)
	}
	return fmt.Sprintf("down for %d ms, and undone", *log.DowntimeMs), nil
}
