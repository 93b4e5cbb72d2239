package snapback

import (
	"context"
	"time"
)

// Retention deletes snapshots that have had their time, as the settings say.
type Retention struct {
	client *Client
}

// Plan says what retention would delete and what it has deleted, and why: the first page of its decisions, of up to 100.
func (r *Retention) Plan(ctx context.Context, environmentID string, options ...CallOption) (*RetentionPlan, error) {
	return send[RetentionPlan](ctx, r.client, callRetentionPlan(environmentID, nil).page("", 100), options)
}

// PlanAt says what retention would decide on a day to come, and how much will be there by then.
func (r *Retention) PlanAt(ctx context.Context, environmentID string, at time.Time, options ...CallOption) (*RetentionPlan, error) {
	params := RetentionPlanParams{At: at.UTC().Format(time.RFC3339Nano)}
	return send[RetentionPlan](ctx, r.client, callRetentionPlan(environmentID, &params).page("", 100), options)
}

// Decisions has all decisions of the plan, newest snapshot first.
func (r *Retention) Decisions(environmentID string) List[RetentionDecision] {
	return List[RetentionDecision]{client: r.client, call: callRetentionPlan(environmentID, nil)}
}

// Preview says what retention would decide with other settings, which are not saved: the first page of its decisions, of up to 100.
func (r *Retention) Preview(ctx context.Context, environmentID string, tried RetentionPreview, options ...CallOption) (*RetentionPlan, error) {
	return send[RetentionPlan](ctx, r.client, callRetentionPreview(environmentID, tried).page("", 100), options)
}

// PreviewDecisions has all decisions of that plan, newest snapshot first.
func (r *Retention) PreviewDecisions(environmentID string, tried RetentionPreview) List[RetentionDecision] {
	return List[RetentionDecision]{client: r.client, call: callRetentionPreview(environmentID, tried)}
}
