import {
  webhookCreate,
  webhookDelete,
  webhookDeliveryList,
  webhookList,
  webhookRedeliver,
  webhookRotateSecret,
  webhookTest,
  webhookUpdate,
  webhookView,
} from '../generated/sdk.gen.js';
import type {
  Webhook,
  WebhookCreate,
  WebhookDelivery,
  WebhookDeliveryListData,
  WebhookDeliveryPage,
  WebhookPage,
  WebhookSecretRotate,
  WebhookUpdate,
  WebhookWithSecret,
} from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { CallOptions, Calls, ChangeOptions, Filters, ListOptions, ViewOptions } from '../requests/calls.js';

/** Who is told of what happens in a project. What they are sent, `verifyWebhook` reads. */
export class Webhooks {
  constructor(private readonly calls: Calls) {}

  /** Those of a project, newest first. */
  list(projectId: string, { pageSize, ...options }: ListOptions = {}): Pages<Webhook, WebhookPage> {
    const path = { projectId };
    return new Pages((query) => this.calls.run((means) => webhookList({ ...means, path, query }), options), pageSize);
  }

  /** The `secret` is in this answer, and in no other. */
  create(projectId: string, body: WebhookCreate, options?: CallOptions): Promise<WebhookWithSecret> {
    return this.calls.run((means) => webhookCreate({ ...means, path: { projectId }, body }), options);
  }

  view<O extends ViewOptions>(webhookId: string, options?: O) {
    return this.calls.view<Webhook, O>((means) => webhookView({ ...means, path: { webhookId } }), options);
  }

  /** What is left out stays. */
  update(webhookId: string, body: WebhookUpdate, options?: ChangeOptions): Promise<Webhook> {
    return this.calls.change((means) => webhookUpdate({ ...means, path: { webhookId }, body }), options);
  }

  delete(webhookId: string, options?: CallOptions): Promise<void> {
    return this.calls.do((means) => webhookDelete({ ...means, path: { webhookId } }), options);
  }

  /** The new `secret` is in this answer, and in no other; for a while both sign. */
  rotateSecret(webhookId: string, body: WebhookSecretRotate = {}, options?: CallOptions): Promise<WebhookWithSecret> {
    return this.calls.run((means) => webhookRotateSecret({ ...means, path: { webhookId }, body }), options);
  }

  /** Sends a test event. It does not wait for the end. */
  test(webhookId: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.calls.run((means) => webhookTest({ ...means, path: { webhookId } }), options);
  }

  /** What it was told, or is to be, newest first. */
  deliveries(
    webhookId: string,
    filters: Filters<WebhookDeliveryListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<WebhookDelivery, WebhookDeliveryPage> {
    const path = { webhookId };
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => webhookDeliveryList({ ...means, path, query }), options);
    }, pageSize);
  }

  /** Sends the same event again, under the same id. */
  redeliver(webhookId: string, deliveryId: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.calls.run((means) => webhookRedeliver({ ...means, path: { webhookId, deliveryId } }), options);
  }
}
