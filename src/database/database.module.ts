import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../config/configuration-error.js';
import { Configuration } from '../config/configuration.js';
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
        const dataSource = await connected(new DataSource(options));
        await runMigrations(dataSource);
        return dataSource;
      },
    }),
  ],
})
export class DatabaseModule {}

/** A database that cannot be reached at the start is most likely another one than was meant. */
async function connected(dataSource: DataSource): Promise<DataSource> {
  return dataSource.initialize().catch((error: Error) => {
    // Without the error itself: the driver's may carry the URL, and with it the password.
    throw new ConfigurationError(`DATABASE_URL: the database cannot be used: ${error.message}.`);
  });
}
