import { Controller, Get, Logger } from '@nestjs/common';
import { Public } from '../auth/access.decorators.js';
import type { HealthControllerMethods } from '../contract/generated/nestjs.gen.js';
import type { Health } from '../contract/generated/types.gen.js';
import { errors } from '../errors/catalogue.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { Readiness } from './readiness.js';

/** For load balancers and container platforms. */
@Controller('health')
export class HealthController implements HealthControllerMethods {
  private readonly logger = new Logger(HealthController.name);
  private readonly troubles = new Map<string, RepeatedTrouble>();

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
    for (const name of up) this.troubles.get(name)?.wentWell();
    for (const name of down) this.troubleWith(name).came('it does not answer in time, or with an error');
    if (down.length > 0) {
      throw errors.serviceUnavailable(`Not ready: ${down.join(' and ')} ${down.length === 1 ? 'is' : 'are'} down.`);
    }
    return { status: 'ok', checks: Object.fromEntries(up.map((name) => [name, 'up'])) };
  }

  /** However seldom somebody asks: it is over when it answers. */
  private troubleWith(name: string): RepeatedTrouble {
    const known = this.troubles.get(name);
    if (known !== undefined) return known;
    const trouble = new RepeatedTrouble(this.logger, `The ${name} is down`, { overAfterMs: Infinity });
    this.troubles.set(name, trouble);
    return trouble;
  }
}
