package snapback

import "context"

// Deployments are what pipelines announce before they change an environment, and rollbacks.
type Deployments struct {
	client *Client
}

// List has the deployments of an environment, newest first: all of them, or those that params ask for.
func (d *Deployments) List(environmentID string, params *DeploymentListParams) List[Deployment] {
	return List[Deployment]{client: d.client, call: callDeploymentList(environmentID, params)}
}

// Create announces a deployment and returns at once, while its gate may be pending. [Client.GateDeployment] waits for it.
func (d *Deployments) Create(ctx context.Context, environmentID string, body DeploymentCreate, options ...CallOption) (*Deployment, error) {
	return send[Deployment](ctx, d.client, callDeploymentCreate(environmentID, body), options)
}

// View reads a deployment or a rollback.
func (d *Deployments) View(ctx context.Context, deploymentID string, options ...CallOption) (*DeploymentDetails, error) {
	return send[DeploymentDetails](ctx, d.client, callDeploymentView(deploymentID), options)
}

// Finish says how a deployment ended. A failed one can be rolled back with it; RollbackDeploymentID then names the rollback.
func (d *Deployments) Finish(ctx context.Context, deploymentID string, body DeploymentFinish, options ...CallOption) (*Deployment, error) {
	return send[Deployment](ctx, d.client, callDeploymentFinish(deploymentID, body), options)
}
