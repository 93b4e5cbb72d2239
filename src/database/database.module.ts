import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Configuration } from '../config/configuration.js';
import { connectedDataSource } from './connected-data-source.js';
import { dataSourceOptions } from './data-source.js';
import { runMigrations } from './run-migrations.js';

@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [Configuration],
      useFactory: (configuration: Configuration) => ({
        ...dataSourceOptions(configuration.DATABASE_URL ?? '', configuration.DATABASE_POOL_SIZE),
        retryAttempts: 0,
        // Each feature's module registers its own, with `TypeOrmModule.forFeature`.
        autoLoadEntities: true,
      }),
      dataSourceFactory: async (options) => {
        if (options === undefined) throw new Error('The data source has no options.');
        const dataSource = await connectedDataSource(options);
        await runMigrations(dataSource);
        return dataSource;
      },
    }),
  ],
})
export class DatabaseModule {}
