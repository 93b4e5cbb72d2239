import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/**
 * Reads rows of one table as its entities, by conditions in SQL. TypeORM puts each statement together anew, escaping names and looking for
 * them in the whole of it, which takes longer than PostgreSQL takes to answer: here it is put together once. For what every request reads.
 */
export class RowReader<Row extends ObjectLiteral> {
  private select: string | undefined;
  private columns: ColumnMetadata[] = [];

  constructor(private readonly entity: EntityTarget<Row>) {}

  /** The table, which is called `row` in every statement. */
  from(manager: EntityManager): string {
    return `FROM ${manager.connection.getMetadata(this.entity).tableName} row`;
  }

  /** `rest` is all behind the table: `WHERE row.id = $1`. */
  async all(manager: EntityManager, rest: string, values: readonly unknown[]): Promise<Row[]> {
    const { driver } = manager.connection;
    this.select ??= this.selectOf(manager);
    const rows = await manager.query<Record<string, unknown>[]>(`${this.select} ${rest}`, [...values]);
    const metadata = manager.connection.getMetadata(this.entity);
    return rows.map((row) => {
      const entity = metadata.create() as Row;
      for (const column of this.columns)
        column.setEntityValue(entity, driver.prepareHydratedValue(row[column.databaseName], column));
      return entity;
    });
  }

  async first(manager: EntityManager, rest: string, values: readonly unknown[]): Promise<Row | null> {
    const [row] = await this.all(manager, `${rest} LIMIT 1`, values);
    return row ?? null;
  }

  private selectOf(manager: EntityManager): string {
    // What TypeORM does not select unless it is told to, nobody gets here either.
    this.columns = manager.connection.getMetadata(this.entity).columns.filter(({ isSelect }) => isSelect);
    return `SELECT ${this.columns.map(({ databaseName }) => `row.${databaseName}`).join(', ')} ${this.from(manager)}`;
  }
}
