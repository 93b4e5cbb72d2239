import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  type MessageEvent,
  type NestInterceptor,
  Param,
  Sse,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { type Observable, of, throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Requires } from '../../../src/auth/access.decorators.js';
import { errors } from '../../../src/errors/catalogue.js';
import { startApp, type TestApp } from './app.js';
import { bearer, token } from './tokens.js';

const ID = '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03';
const PATH = `/api/v1/environments/${ID}/snapshots/${ID}/progress`;

let events: (headers: object) => Promise<Observable<MessageEvent>>;

@Controller('environments/:environmentId/snapshots')
class Streams {
  @Sse(':snapshotId/progress')
  @Requires('snapshots:read')
  async snapshotProgress(@Param() _: object, @Headers() headers: object): Promise<Observable<MessageEvent>> {
    return events(headers);
  }
}

class Passing implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle();
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
    events = async (headers) => {
      await sleep(30);
      return of({ id: '1043', type: 'snapshot-progress', data: { ...headers } });
    };
    const response = await ask({ ...bearer(token()), 'last-event-id': '1042' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const text = await response.text();
    expect(text.trim().split('\n')).toEqual(['event: snapshot-progress', 'id: 1043', 'data: {"Last-Event-ID":"1042"}']);
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

  it('whose first step fails are a problem document', async () => {
    events = async () => throwError(() => errors.notFound('snapshot', ID));
    expect((await ask()).status).toBe(404);
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

  @Controller('environments/:environmentId/snapshots')
  class Intercepted {
    @Sse(':snapshotId/progress')
    @UseInterceptors(Passing)
    @Requires('snapshots:read')
    snapshotProgress(): Observable<MessageEvent> {
      return of();
    }
  }

  it.each([
    [WrongName, 'listProjects is no operation.'],
    [WrongPath, 'projectList is at GET /api/v1/project, not at GET /api/v1/projects.'],
    [WrongPermission, 'projectList requires "snapshots:read", not "environments:read".'],
    [NoAccess, 'projectList has neither @Requires nor @Public.'],
    [Intercepted, 'snapshotProgress is @Sse and must have no interceptor'],
  ])('stop the start: %o', async (controller, fault) => {
    await expect(startApp([controller])).rejects.toThrow(fault);
  });

  it('stop the start when an interceptor stands before all of them', async () => {
    const providers = [{ provide: APP_INTERCEPTOR, useClass: Passing }];
    await expect(startApp([Streams], { providers })).rejects.toThrow('A global interceptor is in the way');
  });
});
