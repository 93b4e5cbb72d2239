package snapback

import "context"

// Environments are a PostgreSQL database and a filestore each, or one of the two.
type Environments struct {
	client *Client
}

// List has the environments of a project, by name.
func (e *Environments) List(projectID string) List[Environment] {
	return List[Environment]{client: e.client, call: callEnvironmentList(projectID)}
}

// Create registers an environment. The service connects to the database and looks at the directory first, unless
// params say otherwise; nil is as usual.
func (e *Environments) Create(ctx context.Context, projectID string, body EnvironmentCreate, params *EnvironmentCreateParams, options ...CallOption) (*Environment, error) {
	return send[Environment](ctx, e.client, callEnvironmentCreate(projectID, body, params), options)
}

// View reads one environment, and what lies beside its live state.
func (e *Environments) View(ctx context.Context, projectID, environmentID string, options ...CallOption) (*EnvironmentDetails, error) {
	return send[EnvironmentDetails](ctx, e.client, callEnvironmentView(projectID, environmentID), options)
}

// Check looks whether an environment can be captured and rolled back now, and says what is in the way. It changes nothing.
func (e *Environments) Check(ctx context.Context, projectID, environmentID string, options ...CallOption) (*EnvironmentCheck, error) {
	return send[EnvironmentCheck](ctx, e.client, callEnvironmentCheck(projectID, environmentID), options)
}

// Update changes the properties that are given; the others stay as they are. With [IfMatch] it does so only if nobody else
// has changed the environment since it was read.
func (e *Environments) Update(ctx context.Context, projectID, environmentID string, body EnvironmentUpdate, params *EnvironmentUpdateParams, options ...CallOption) (*Environment, error) {
	return send[Environment](ctx, e.client, callEnvironmentUpdate(projectID, environmentID, body, params), options)
}

// Delete removes an environment from Snapback; its database and files stay. While it has snapshots it is refused, unless
// params say that they go with it.
func (e *Environments) Delete(ctx context.Context, projectID, environmentID string, params *EnvironmentDeleteParams, options ...CallOption) error {
	return sendForNothing(ctx, e.client, callEnvironmentDelete(projectID, environmentID, params), options)
}
