package snapback

import "context"

// HealthChecks are for load balancers and container platforms.
type HealthChecks struct {
	client *Client
}

// Live says that the process can answer at all.
func (h *HealthChecks) Live(ctx context.Context, options ...CallOption) (*Health, error) {
	return send[Health](ctx, h.client, callHealthLive(), options)
}

// Ready says that everything the service needs answers. Trouble is an error, after as many attempts as usual.
func (h *HealthChecks) Ready(ctx context.Context, options ...CallOption) (*Health, error) {
	return send[Health](ctx, h.client, callHealthReady(), options)
}
