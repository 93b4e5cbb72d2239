import { Snapback } from '../index.js';
import type { SnapbackOptions } from '../index.js';

/** One request as the proxy has seen it. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  at: number;
  closedAt: number | null;
}

/** What a program finds in its environment, and the proxy that it tells what to do. */
export class Stage {
  readonly world: { projectId: string; environmentId: string; snapshotId: string; slowEnvironmentId: string };
  readonly token: string;
  private readonly baseUrl: string;
  private readonly control: string;

  constructor(variables: Record<string, string | undefined>) {
    const { SNAPBACK_URL, SNAPBACK_TOKEN, CONFORMANCE_CONTROL, CONFORMANCE_WORLD } = variables;
    if (!SNAPBACK_URL || !SNAPBACK_TOKEN || !CONFORMANCE_CONTROL || !CONFORMANCE_WORLD)
      throw new Error('SNAPBACK_URL, SNAPBACK_TOKEN, CONFORMANCE_CONTROL and CONFORMANCE_WORLD are needed.');
    this.baseUrl = SNAPBACK_URL;
    this.token = SNAPBACK_TOKEN;
    this.control = CONFORMANCE_CONTROL;
    this.world = JSON.parse(CONFORMANCE_WORLD) as Stage['world'];
  }

  client(options: Partial<SnapbackOptions> = {}): Snapback {
    return new Snapback({ baseUrl: this.baseUrl, token: this.token, ...options });
  }

  /** A name that no other case has used. */
  newName(): string {
    return `case ${crypto.randomUUID()}`;
  }

  async fault(...faults: object[]): Promise<void> {
    await this.tell('POST', '/faults', JSON.stringify(faults));
  }

  /** Those that have arrived since the case began, in their order. */
  async requests(method: string, path: RegExp): Promise<SeenRequest[]> {
    const seen = (await (await this.tell('GET', '/requests')).json()) as SeenRequest[];
    return seen.filter((request) => request.method === method && path.test(request.path));
  }

  async restart(): Promise<void> {
    await this.tell('POST', '/restart');
  }

  async reset(): Promise<void> {
    await this.tell('DELETE', '');
  }

  private async tell(method: string, path: string, body?: string): Promise<Response> {
    const answer = await fetch(`${this.control}${path}`, { method, ...(body !== undefined && { body }) });
    if (!answer.ok) throw new Error(`The control says: ${await answer.text()}`);
    return answer;
  }
}

/** Does its case, and returns a few words about what was seen. Throws when it is not as the case says. */
export type Case = (stage: Stage) => Promise<string>;

/** What the work throws; an error of ours when it throws nothing. */
export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  let returned: unknown;
  try {
    returned = await work;
  } catch (error) {
    return error;
  }
  throw new Error(`Nothing was thrown; what came was ${JSON.stringify(returned)}.`);
}

export async function secondsOf(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work;
  return (performance.now() - began) / 1000;
}

/** Looks every tenth of a second, for some seconds. */
export async function soon(what: string, look: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 5000; Date.now() < until; await pause(100)) if (await look()) return;
  throw new Error(`It did not come to this: ${what}.`);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
