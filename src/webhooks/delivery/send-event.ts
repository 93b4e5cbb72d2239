import { Webhook as Signer } from 'standardwebhooks';
import { VERSION } from '../../processes/version.js';
import { NoAnswer, postJson, withoutPath } from '../../projects/connections/post-json.js';
import type { Attempt } from './deliveries.js';
import { hasArrived } from './next-attempt.js';

/** An event on its way out. */
export interface Sending {
  url: string;
  /** The event's, the same at every try. */
  id: string;
  body: string;
  /** One signature for each. */
  secrets: readonly string[];
  at: Date;
  timeoutSeconds: number;
  allowedHosts: readonly string[];
}

/** Sends it once, signed as Standard Webhooks has it. What is wrong is the finding, which names of the URL scheme and host alone. */
export async function sendEvent({ id, body, secrets, at, ...to }: Sending): Promise<Attempt> {
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Signer(secret).sign(id, at, body)).join(' '),
    'User-Agent': `snapback/${VERSION}`,
  };
  const failed = (code: string, why: string) => ({
    code,
    message: `The receiver at ${withoutPath(to.url)} was not told: ${why}.`,
  });
  try {
    const contentType = 'application/cloudevents+json; charset=utf-8';
    const answer = await postJson({ ...to, headers, body, contentType, hostsFrom: 'WEBHOOK_HOSTS' });
    if (hasArrived(answer)) return { answer, finding: null };
    return { answer, finding: failed('receiver-refused', whyRefused(answer)) };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { answer: null, finding: failed(error.isRefused ? 'host-refused' : 'receiver-unreachable', error.why) };
  }
}

function whyRefused(answer: number): string {
  const isRedirect = answer >= 300 && answer <= 399;
  return isRedirect ? `it answered ${answer}, and redirects are not followed` : `it answered ${answer}`;
}
