import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get } from '@nestjs/common';
import { CurrentCaller, Requires } from '../../src/auth/access.decorators.js';
import type { Caller } from '../../src/auth/caller.js';

/** A key pair of an identity provider, as it signs with it and as it publishes it. */
export interface ProviderKey {
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
}

export function providerKey(kid: string, kind: 'RS256' | 'ES256' = 'ES256'): ProviderKey {
  const { privateKey } =
    kind === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, use: 'sig', alg: kind };
  return { privateKey, jwk };
}

/** Where an identity provider publishes its keys; how it answers can be changed at any time. */
export class KeyServer {
  asked = 0;
  answer: (response: ServerResponse) => void;
  private readonly server = createServer((_, response) => {
    this.asked += 1;
    this.answer(response);
  });

  constructor(keys: readonly object[]) {
    this.answer = publishing(keys);
  }

  /** Resolves to its URL. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/keys`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function publishing(keys: readonly object[]): (response: ServerResponse) => void {
  return (response) => void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
}

/** One operation, to see who is let in. */
@Controller()
export class Callers {
  @Get('projects')
  @Requires('environments:read')
  projectList(@CurrentCaller() caller: Caller): object {
    return { ...caller, permissions: [...caller.permissions] };
  }
}
