import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProcessesModule } from '../processes/processes.module.js';
import { Keeper } from './keeper.js';
import { KeeperItemEntity } from './keeper-item.entity.js';
import { KeeperItems } from './keeper-items.js';
import { LookUpkeep } from './look-upkeep.js';
import { UpkeepRegistry } from './upkeep-registry.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([KeeperItemEntity]), ProcessesModule],
  providers: [UpkeepRegistry, KeeperItems, LookUpkeep, Keeper],
  exports: [TypeOrmModule, UpkeepRegistry, KeeperItems],
})
export class KeeperModule {}
