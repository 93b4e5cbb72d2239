package snapback

import "context"

// Webhooks are told of what happens in a project. How what they are sent is verified, docs/webhooks.md says.
type Webhooks struct {
	client *Client
}

// List has the webhooks of a project, the newest first.
func (w *Webhooks) List(projectID string) List[Webhook] {
	return List[Webhook]{client: w.client, call: callWebhookList(projectID)}
}

// Create has a URL told of events from here on. The secret that signs them is in this answer and in no other.
func (w *Webhooks) Create(ctx context.Context, projectID string, body WebhookCreate, options ...CallOption) (*WebhookWithSecret, error) {
	return send[WebhookWithSecret](ctx, w.client, callWebhookCreate(projectID, body), options)
}

// View reads one webhook, and whether its deliveries arrive.
func (w *Webhooks) View(ctx context.Context, webhookID string, options ...CallOption) (*Webhook, error) {
	return send[Webhook](ctx, w.client, callWebhookView(webhookID), options)
}

// Update changes the properties that are given; the others stay as they are. With [IfMatch] it does so only if nobody else
// has changed the webhook since it was read.
func (w *Webhooks) Update(ctx context.Context, webhookID string, body WebhookUpdate, options ...CallOption) (*Webhook, error) {
	return send[Webhook](ctx, w.client, callWebhookUpdate(webhookID, body), options)
}

// Delete removes a webhook; what was still to be delivered is forgotten.
func (w *Webhooks) Delete(ctx context.Context, webhookID string, options ...CallOption) error {
	return sendForNothing(ctx, w.client, callWebhookDelete(webhookID), options)
}

// RotateSecret gives a webhook a new secret, which is in this answer and in no other. For a while both sign.
func (w *Webhooks) RotateSecret(ctx context.Context, webhookID string, body WebhookSecretRotate, options ...CallOption) (*WebhookWithSecret, error) {
	return send[WebhookWithSecret](ctx, w.client, callWebhookRotateSecret(webhookID, body), options)
}

// Test sends a test event. It does not wait for the end.
func (w *Webhooks) Test(ctx context.Context, webhookID string, options ...CallOption) (*WebhookDelivery, error) {
	return send[WebhookDelivery](ctx, w.client, callWebhookTest(webhookID), options)
}

// Deliveries has what a webhook was told, or is to be, the newest first.
func (w *Webhooks) Deliveries(webhookID string, params *WebhookDeliveryListParams) List[WebhookDelivery] {
	return List[WebhookDelivery]{client: w.client, call: callWebhookDeliveryList(webhookID, params)}
}

// Redeliver sends the same event again, under the same id.
func (w *Webhooks) Redeliver(ctx context.Context, webhookID, deliveryID string, options ...CallOption) (*WebhookDelivery, error) {
	return send[WebhookDelivery](ctx, w.client, callWebhookRedeliver(webhookID, deliveryID), options)
}
