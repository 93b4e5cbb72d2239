import type { TestExtension } from '../harness/postgres-installation.js';

/** An extension whose configuration is rows: the referring table comes first by name. One table's rows are not part of a dump. */
export const CONFIGURATION_EXTENSION: TestExtension = {
  name: 'corpus_configuration',
  control: 'trusted = true\n',
  sql: `
    CREATE TABLE z_parent (id int PRIMARY KEY, t text NOT NULL);
    CREATE TABLE a_child (id int PRIMARY KEY, parent int NOT NULL REFERENCES z_parent);
    CREATE TABLE fixed (n int PRIMARY KEY, t text NOT NULL);
    INSERT INTO fixed VALUES (1, 'as made'), (2, 'as made');
    INSERT INTO z_parent VALUES (0, 'as made');
    GRANT SELECT, INSERT, UPDATE, DELETE ON z_parent, a_child, fixed TO PUBLIC;
    SELECT pg_catalog.pg_extension_config_dump('z_parent', 'WHERE id > 0');
    SELECT pg_catalog.pg_extension_config_dump('a_child', '');
  `,
};
