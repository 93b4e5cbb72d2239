import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import { Strategy } from 'passport-jwt';
import { Configuration } from '../../config/configuration.js';
import { type Caller, toCaller } from '../caller.js';
import { tokenVerification } from './token-verification.js';
import { VerifiedTokens } from './verified-tokens.js';

let strategies = 0;

/** Turns a valid bearer token into the `Caller`. */
@Injectable()
export class TokenStrategy extends PassportStrategy(Strategy) implements OnApplicationShutdown {
  /** Those that need not be verified again. */
  readonly verified: VerifiedTokens;
  private readonly stop: () => void;

  constructor(configuration: Configuration) {
    const { options, keysOfNow, stop } = tokenVerification(configuration);
    super(options);
    this.verified = new VerifiedTokens(keysOfNow);
    this.stop = stop;
    // Passport keeps strategies by name for the whole process. Under a name of its own, this
    // application's is never replaced by that of another one beside it, with other keys.
    this.name = `token-${++strategies}`;
    passport.use(this);
  }

  validate(claims: unknown): Caller {
    return toCaller(claims, new Date());
  }

  onApplicationShutdown(): void {
    this.stop();
  }
}
