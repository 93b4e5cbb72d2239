package snapback

import "context"

// Retention deletes snapshots that are older than the settings say.
type Retention struct {
	client *Client
}

// Plan says what retention would delete and what it has deleted, and why: the first page of its decisions, of up to 100.
func (r *Retention) Plan(ctx context.Context, environmentID string, options ...CallOption) (*RetentionPlan, error) {
	return send[RetentionPlan](ctx, r.client, callRetentionPlan(environmentID).page("", 100), options)
}

// Decisions has all decisions of the plan, newest snapshot first.
func (r *Retention) Decisions(environmentID string) List[RetentionDecision] {
	return List[RetentionDecision]{client: r.client, call: callRetentionPlan(environmentID)}
}
