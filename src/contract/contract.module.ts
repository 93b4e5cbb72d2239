import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ContractGuard } from './contract.guard.js';
import { Contract } from './contract.js';
import { RouteCheck } from './route-check.js';

/** The contract, and the gate that holds requests against it. */
@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [{ provide: Contract, useFactory: () => Contract.load() }, ContractGuard, RouteCheck],
  exports: [Contract, ContractGuard],
})
export class ContractModule {}
