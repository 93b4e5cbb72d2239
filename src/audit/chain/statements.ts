import type { ClientBase, Pool } from 'pg';
import type { EntityManager } from 'typeorm';

/** Runs a statement and resolves to its rows: within the service by TypeORM's manager, in programs by a connection. */
export type Statements = <Row extends object>(sql: string, values?: unknown[]) => Promise<Row[]>;

export function statementsOf(manager: EntityManager): Statements {
  return (sql, values) => manager.query(sql, values);
}

export function statementsOn(connection: Pool | ClientBase): Statements {
  return async <Row extends object>(sql: string, values?: unknown[]) => (await connection.query<Row>(sql, values)).rows;
}
