import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, Requires, RequiresToken } from '../../../src/auth/access.decorators.js';
import { errors } from '../../../src/errors/catalogue.js';
import { EventStream } from '../../../src/progress/sse-response.js';
import { startApp, type TestApp } from './app.js';
import { bearer, token } from './tokens.js';

const ID = '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03';
const PATH = `/api/v1/environments/${ID}/snapshots/${ID}/progress`;
const MOST_UNREAD = 64 * 1024;

let events: (stream: EventStream, headers: object, response: ServerResponse) => Promise<void>;

@Controller('environments/:environmentId/snapshots')
class Streams {
  @Get(':snapshotId/progress')
  @Requires('snapshots:read')
  async snapshotProgress(
    @Param() _: object,
    @Headers() headers: object,
    @Res() response: ServerResponse,
  ): Promise<void> {
    await events(new EventStream(response, MOST_UNREAD), headers, response);
  }
}

describe('streams', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startApp([Streams]);
  });
  afterAll(() => service.close());

  const ask = (headers: Record<string, string> = bearer(token())): Promise<Response> =>
    fetch(`${service.url}${PATH}`, { headers });

  it('begin once the handler has looked, with the headers of the contract', async () => {
    events = async (stream, headers) => {
      await sleep(30);
      stream.send({ event: 'snapshot-progress', id: '1043', data: JSON.stringify(headers) });
      stream.comment('heartbeat');
      stream.end();
    };
    const response = await ask({ ...bearer(token()), 'last-event-id': '1042' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(await response.text()).toBe(
      'event: snapshot-progress\nid: 1043\ndata: {"Last-Event-ID":"1042"}\n\n: heartbeat\n\n',
    );
  });

  it('that cannot begin are a problem document, also when that is found out late', async () => {
    events = async () => {
      await sleep(50);
      throw errors.notFound('snapshot', ID);
    };
    const response = await ask();
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(await response.json()).toMatchObject({ code: 'not-found' });
  });

  it('that have ended do not wait for a client that does not read', async () => {
    const closed = new Promise<void>((resolve) => {
      events = async (_, __, response) => {
        const stream = new EventStream(response, 64 * 1024 * 1024, 50);
        stream.onceClosed(resolve);
        stream.send({ event: 'snapshot-progress', id: '1', data: 'x'.repeat(16 * 1024 * 1024) });
        stream.end();
      };
    });
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname).pause();
    socket.on('error', () => undefined);
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer(token())['authorization']}\r\n\r\n`);
    await expect(closed).resolves.toBeUndefined();
    socket.destroy();
  });

  it('are refused like other requests', async () => {
    expect((await ask({})).status).toBe(401);
    expect((await ask(bearer(token({ permissions: [] })))).status).toBe(403);
    expect((await ask({ ...bearer(token()), 'last-event-id': 'x' })).status).toBe(422);
  });
});

describe('handlers that are not what the contract says', () => {
  @Controller('projects')
  class WrongName {
    @Get()
    @Requires('environments:read')
    listProjects(): void {}
  }

  @Controller('project')
  class WrongPath {
    @Get()
    @Requires('environments:read')
    projectList(): void {}
  }

  @Controller('projects')
  class WrongPermission {
    @Get()
    @Requires('snapshots:read')
    projectList(): void {}
  }

  @Controller('projects')
  class NoAccess {
    @Get()
    projectList(): void {}
  }

  @Controller('access')
  class ForEverybody {
    @Get()
    @Public()
    accessView(): void {}
  }

  @Controller('projects')
  class ForAnyToken {
    @Get()
    @RequiresToken()
    projectList(): void {}
  }

  it.each([
    [WrongName, 'listProjects is no operation.'],
    [WrongPath, 'projectList is at GET /api/v1/project, not at GET /api/v1/projects.'],
    [WrongPermission, 'projectList requires "snapshots:read", not "environments:read".'],
    [ForEverybody, 'accessView requires "no token", not "any token".'],
    [ForAnyToken, 'projectList requires "any token", not "environments:read".'],
    [NoAccess, 'projectList has neither @Requires nor @RequiresToken nor @Public.'],
  ])('stop the start: %o', async (controller, fault) => {
    await expect(startApp([controller])).rejects.toThrow(fault);
  });
});
