import { Global, Module } from '@nestjs/common';
import { ProcessesModule } from '../processes/processes.module.js';
import { Keeper } from './keeper.js';
import { KeeperItems } from './keeper-items.js';
import { LookUpkeep } from './look-upkeep.js';
import { UpkeepRegistry } from './upkeep-registry.js';

@Global()
@Module({
  imports: [ProcessesModule],
  providers: [UpkeepRegistry, KeeperItems, LookUpkeep, Keeper],
  exports: [UpkeepRegistry, KeeperItems],
})
export class KeeperModule {}
