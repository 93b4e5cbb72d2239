import { Module } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { TrustDomains } from './trust-domains.js';

@Module({
  providers: [
    {
      provide: TrustDomains,
      inject: [Configuration],
      useFactory: (configuration: Configuration) => TrustDomains.of(configuration),
    },
  ],
  exports: [TrustDomains],
})
export class TrustDomainsModule {}
