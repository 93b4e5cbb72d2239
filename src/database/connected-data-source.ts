import { DataSource, type DataSourceOptions } from 'typeorm';
import { ConfigurationError } from '../config/configuration-error.js';

/**
 * The service's own database, reached. Rejects with a `ConfigurationError` when it cannot be: at a start it is most likely another
 * one than was meant.
 */
export async function connectedDataSource(options: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options);
  return dataSource.initialize().catch((error: Error) => {
    // Without the error itself: the driver's may carry the URL, and with it the password.
    throw new ConfigurationError(`DATABASE_URL: the database cannot be used: ${error.message}.`);
  });
}
