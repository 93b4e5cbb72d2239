import type { WebhookEventType } from '../../contract/generated/types.gen.js';
import { bounded } from './bounded.js';

/** What has happened to one thing. */
export interface Happening {
  /** Its id. */
  subject: string;
  /** It as the API shows it: no secrets. */
  data: object;
}

/** Where and when. */
export interface Occasion {
  type: WebhookEventType;
  projectId: string;
  /** Null of a test. */
  environmentId: string | null;
  at: Date;
}

/** An event as it is sent, byte for byte: a CloudEvent 1.0 in its structured form. The contract has it under `webhooks`. Pure. */
export function eventBody(id: string, { type, projectId, environmentId, at }: Occasion, what: Happening): string {
  const project = `/api/v1/projects/${projectId}`;
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: environmentId === null ? project : `${project}/environments/${environmentId}`,
    type: `io.snapback.${type}`,
    subject: what.subject,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: bounded(what.data),
  });
}
