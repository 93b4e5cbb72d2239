package main

import (
	"context"
	"errors"

	"github.com/snapback/snapback-go"
)

var gateCases = []testCase{
	{"gate", gate},
	{"gate-closed", gateClosed},
	{"gate-of-ended", gateOfEnded},
}

// Announces deployments of an environment that takes snapshots before them.
func (s *stage) gated(ctx context.Context, options ...snapback.CallOption) (*snapback.DeploymentDetails, error) {
	auto := snapback.SnapshotSettingsUpdate{AutoEnabled: snapback.Ptr(true)}
	if _, err := s.client.Settings.Update(ctx, s.world.EnvironmentID, auto); err != nil {
		return nil, err
	}
	return s.client.GateDeployment(ctx, s.world.EnvironmentID, snapback.DeploymentCreate{Version: "17.0"}, options...)
}

func (s *stage) finish(ctx context.Context, deploymentID string, outcome snapback.DeploymentFinishOutcome) error {
	_, err := s.client.Deployments.Finish(ctx, deploymentID, snapback.DeploymentFinish{Outcome: outcome})
	return err
}

func gate(ctx context.Context, s *stage) (string, error) {
	deployment, err := s.gated(ctx)
	if err != nil {
		return "", err
	}
	snapshot, err := s.client.Snapshots.View(ctx, s.world.EnvironmentID, *deployment.SnapshotID)
	if err != nil {
		return "", err
	}
	if *deployment.Gate != snapback.GateOpen || snapshot.Status != snapback.SnapshotStatusCompleted {
		return "", fails("the gate is %s, the snapshot %s", *deployment.Gate, snapshot.Status)
	}
	return *deployment.GateReason, s.finish(ctx, deployment.ID, snapback.DeploymentFinishOutcomeSucceeded)
}

func gateClosed(ctx context.Context, s *stage) (string, error) {
	closed := fault{"gate": "closed", "gateReason": "A pack is gone."}
	if err := s.expect(fault{"method": "GET", "path": "/deployments/[^/]+$", "times": 1000, "merge": closed}); err != nil {
		return "", err
	}
	_, err := s.gated(ctx)
	refused, ok := as[*snapback.GateError](err)
	if !ok || !errors.Is(err, snapback.ErrGateClosed) || refused.Reason != "A pack is gone." {
		return "", fails("%v", err)
	}
	return refused.Error(), s.finish(ctx, refused.Deployment.ID, snapback.DeploymentFinishOutcomeFailed)
}

func gateOfEnded(ctx context.Context, s *stage) (string, error) {
	job := snapback.IdempotencyKey("conformance-go-gate-of-ended")
	deployment, err := s.gated(ctx, job)
	if err != nil {
		return "", err
	}
	if err := s.finish(ctx, deployment.ID, snapback.DeploymentFinishOutcomeSucceeded); err != nil {
		return "", err
	}
	_, err = s.gated(ctx, job)
	refused, ok := as[*snapback.GateError](err)
	if !ok || !errors.Is(err, snapback.ErrDeploymentEnded) || refused.Deployment.ID != deployment.ID {
		return "", fails("%v", err)
	}
	return refused.Error(), nil
}
