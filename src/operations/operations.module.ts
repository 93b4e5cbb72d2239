import { Module } from '@nestjs/common';
import { ProcessesModule } from '../processes/processes.module.js';
import { OperationsController } from './operations.controller.js';
import { OperationsReader } from './operations-reader.js';
import { OperationsService } from './operations.service.js';

/** What is under way in all features, and what a person may do about it. */
@Module({
  imports: [ProcessesModule],
  controllers: [OperationsController],
  providers: [OperationsReader, OperationsService],
})
export class OperationsModule {}
