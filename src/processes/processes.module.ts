import { Module } from '@nestjs/common';
import { OwnProcess } from './own-process.js';
import { ServedPools } from './served-pools.js';

@Module({ providers: [OwnProcess, ServedPools], exports: [OwnProcess, ServedPools] })
export class ProcessesModule {}
