import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Request, Response } from 'express';
import { errors } from './catalogue.js';
import { pathOf, sendProblem } from './problem-response.js';

/** Nest answers for unknown paths below the global prefix only; this does for all others, last of all. */
@Injectable()
export class UnknownPaths implements OnApplicationBootstrap {
  constructor(private readonly adapter: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    this.adapter.httpAdapter?.use((request: Request, response: Response) => {
      sendProblem(errors.routeNotFound(request.method, pathOf(request)), request, response);
    });
  }
}
