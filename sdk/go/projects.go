package snapback

import "context"

// Projects are groups of environments. A project belongs to one organization.
type Projects struct {
	client *Client
}

// List has the projects of the caller's organization, by name.
func (p *Projects) List() List[Project] {
	return List[Project]{client: p.client, call: callProjectList()}
}

// Create makes a project, which belongs to the organization of the token.
func (p *Projects) Create(ctx context.Context, body ProjectCreate, options ...CallOption) (*Project, error) {
	return send[Project](ctx, p.client, callProjectCreate(body), options)
}

// View reads one project.
func (p *Projects) View(ctx context.Context, projectID string, options ...CallOption) (*Project, error) {
	return send[Project](ctx, p.client, callProjectView(projectID), options)
}

// Update changes the properties that are given; the others stay as they are.
func (p *Projects) Update(ctx context.Context, projectID string, body ProjectUpdate, options ...CallOption) (*Project, error) {
	return send[Project](ctx, p.client, callProjectUpdate(projectID, body), options)
}

// Delete removes a project that has no environments any more.
func (p *Projects) Delete(ctx context.Context, projectID string, options ...CallOption) error {
	return sendForNothing(ctx, p.client, callProjectDelete(projectID), options)
}
