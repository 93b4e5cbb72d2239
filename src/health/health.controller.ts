import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/access.decorators.js';
import type { HealthControllerMethods } from '../contract/generated/nestjs.gen.js';
import type { Health } from '../contract/generated/types.gen.js';
import { errors } from '../errors/catalogue.js';
import { Readiness } from './readiness.js';

/** For load balancers and container platforms. */
@Controller('health')
export class HealthController implements HealthControllerMethods {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  @Public()
  async healthLive(): Promise<Health> {
    return { status: 'ok', checks: {} };
  }

  @Get('ready')
  @Public()
  async healthReady(): Promise<Health> {
    const { up, down } = await this.readiness.look();
    if (down.length > 0) {
      throw errors.serviceUnavailable(`Not ready: ${down.join(' and ')} ${down.length === 1 ? 'is' : 'are'} down.`);
    }
    return { status: 'ok', checks: Object.fromEntries(up.map((name) => [name, 'up'])) };
  }
}
