package snapback

import (
	"context"
	"time"
)

const (
	firstGatePause   = 200 * time.Millisecond
	longestGatePause = 2 * time.Second
)

// GateDeployment announces a deployment, waits until its gate is decided, and returns it with its gate open. It is a
// [*GateError] when the gate is closed, and when the deployment has ended already: a job that is run again with the
// [IdempotencyKey] of its first run finds the deployment of then, whose snapshot is not of now.
//
// The gate decides by itself, at the latest after the environment's timeoutSeconds; only ctx ends waiting sooner.
func (c *Client) GateDeployment(ctx context.Context, environmentID string, body DeploymentCreate, options ...CallOption) (*DeploymentDetails, error) {
	announced, err := c.Deployments.Create(ctx, environmentID, body, options...)
	if err != nil {
		return nil, err
	}
	view := callDeploymentView(announced.ID)
	for pause := firstGatePause; ; pause = min(2*pause, longestGatePause) {
		deployment, err := c.Deployments.View(ctx, announced.ID)
		switch {
		case err != nil && (ctx.Err() != nil || !passes(err)):
			return nil, err
		case err == nil && (deployment.Gate == nil || *deployment.Gate != GatePending):
			return decided(deployment)
		}
		// A service that is started again in the meantime is waited for, as its decision is.
		if err := sleep(ctx, pause); err != nil {
			return nil, ended(ctx, &view, err, false)
		}
	}
}

func decided(deployment *DeploymentDetails) (*DeploymentDetails, error) {
	refused := &GateError{Deployment: deployment}
	if deployment.GateReason != nil {
		refused.Reason = *deployment.GateReason
	}
	switch {
	// Whatever a newer service calls its gate, only an open one lets anybody through.
	case deployment.Gate == nil || *deployment.Gate != GateOpen:
		refused.kind = ErrGateClosed
	case deployment.Status != DeploymentStatusRunning:
		refused.kind = ErrDeploymentEnded
	default:
		return deployment, nil
	}
	return nil, refused
}
