package snapback

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
)

// Rollbacks bring an environment back to a snapshot.
type Rollbacks struct {
	client *Client
}

const rollbackProgressEvent = "rollback-progress"

// Plan says what [Rollbacks.Create] with the same body would do, and why it would be refused. It changes nothing. With its
// PlanToken a rollback is refused when it would be another one.
func (r *Rollbacks) Plan(ctx context.Context, environmentID string, body RollbackRequest, options ...CallOption) (*RollbackPlan, error) {
	return send[RollbackPlan](ctx, r.client, callRollbackPlan(environmentID, body), options)
}

// Create queues a rollback to a snapshot and returns at once. [Rollbacks.WaitFor] waits for its end.
func (r *Rollbacks) Create(ctx context.Context, environmentID string, body RollbackRequest, options ...CallOption) (*RollbackAccepted, error) {
	return send[RollbackAccepted](ctx, r.client, callRollbackCreate(environmentID, body), options)
}

// List has the logs of the rollbacks that changed an environment, newest first.
func (r *Rollbacks) List(environmentID string) List[RollbackLog] {
	return List[RollbackLog]{client: r.client, call: callRollbackLogList(environmentID)}
}

// Undo swaps the state back that a rollback has swapped out, as long as it is kept. It is a rollback of its own.
func (r *Rollbacks) Undo(ctx context.Context, deploymentID string, body UndoRequest, options ...CallOption) (*RollbackAccepted, error) {
	return send[RollbackAccepted](ctx, r.client, callRollbackUndo(deploymentID, body), options)
}

// Cancel calls a rollback off that has not begun to swap.
func (r *Rollbacks) Cancel(ctx context.Context, deploymentID string, options ...CallOption) (*RollbackLog, error) {
	return send[RollbackLog](ctx, r.client, callRollbackCancel(deploymentID), options)
}

// Watch goes through the progress of a rollback, from its present state to its end, whatever happens to connections
// meanwhile. An error is the last that comes.
func (r *Rollbacks) Watch(ctx context.Context, deploymentID string) iter.Seq2[RollbackProgress, error] {
	return watch[RollbackProgress](ctx, r.client, callRollbackProgress(deploymentID), rollbackProgressEvent)
}

// WaitFor returns the log of a rollback once it is completed; one that ends otherwise is a [*RollbackError], which has it.
func (r *Rollbacks) WaitFor(ctx context.Context, deploymentID string) (*RollbackLog, error) {
	var log *RollbackLog
	environmentID := ""
	err := waiting{
		client: r.client,
		call:   callRollbackProgress(deploymentID),
		event:  rollbackProgressEvent,
		hear: func(found event) {
			var progress RollbackProgress
			if err := json.Unmarshal([]byte(found.data), &progress); err == nil {
				environmentID = progress.EnvironmentID
			}
		},
		look: func(ctx context.Context) (bool, error) {
			if environmentID == "" {
				// Nothing has been heard yet, and logs are found by their environment.
				deployment, err := r.client.Deployments.View(ctx, deploymentID)
				if err != nil {
					return false, err
				}
				environmentID = deployment.EnvironmentID
			}
			var err error
			log, err = r.logOf(ctx, environmentID, deploymentID)
			return err == nil && log.Status != RollbackStatusQueued && log.Status != RollbackStatusRunning, err
		},
	}.untilEnd(ctx)
	switch {
	case err != nil:
		return nil, err
	case log.Status != RollbackStatusCompleted:
		return nil, &RollbackError{Rollback: log}
	default:
		return log, nil
	}
}

// The log of one rollback. It is among the newest, unless one asks very late.
func (r *Rollbacks) logOf(ctx context.Context, environmentID, deploymentID string) (*RollbackLog, error) {
	for log, err := range r.List(environmentID).All(ctx) {
		if err != nil {
			return nil, err
		}
		if log.DeploymentID == deploymentID {
			return &log, nil
		}
	}
	return nil, &Error{
		Operation: callRollbackLogList(environmentID).operation,
		Detail:    fmt.Sprintf("The environment %s has no log of the rollback %s.", environmentID, deploymentID),
	}
}
