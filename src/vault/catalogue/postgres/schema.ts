/**
 * The catalogue's tables, version by version. A version that was released is never changed: the next one follows it.
 *
 * Chunks refer to packs by number, which is never given twice, and without a foreign key: checking one
 * would cost as much as the insert itself, and chunks are only ever written in the transaction that has locked
 * their pack's row.
 */
export const SCHEMA_VERSIONS: readonly string[] = [
  `
  CREATE SEQUENCE vault.epochs;

  CREATE TABLE vault.packs (
    number       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project      uuid        NOT NULL,
    id           bytea       NOT NULL CHECK (octet_length(id) = 32),
    bytes        bigint      NOT NULL CHECK (bytes >= 0),
    chunk_bytes  bigint      NOT NULL CHECK (chunk_bytes >= 0),
    key_id       text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('live', 'condemned', 'deleting')),
    -- The capture that added it; none for what a collection or a rebuild did.
    capture      uuid,
    condemned_at timestamptz CHECK ((condemned_at IS NULL) = (state = 'live')),
    -- Captures of a lower epoch may have found the pack before it was condemned. Set after that was committed.
    fence        bigint,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (project, id)
  );
  CREATE INDEX packs_in_order ON vault.packs (project, number);
  CREATE INDEX packs_condemned ON vault.packs (project, state) WHERE state <> 'live';

  CREATE TABLE vault.chunks (
    project      uuid     NOT NULL,
    id           bytea    NOT NULL,
    pack         bigint   NOT NULL,
    position     integer  NOT NULL CHECK (position >= 0),
    stored_bytes integer  NOT NULL CHECK (stored_bytes >= 0),
    plain_bytes  integer  NOT NULL CHECK (plain_bytes >= 0),
    encoding     smallint NOT NULL,
    PRIMARY KEY (project, id, pack)
  );
  CREATE INDEX chunks_of_pack ON vault.chunks (pack);

  CREATE TABLE vault.captures (
    id          uuid        PRIMARY KEY,
    project     uuid        NOT NULL,
    snapshot_id text        NOT NULL,
    epoch       bigint      NOT NULL,
    heartbeat   timestamptz NOT NULL,
    UNIQUE (project, snapshot_id)
  );

  CREATE TABLE vault.manifests (
    project      uuid        NOT NULL,
    snapshot_id  text        NOT NULL,
    object_key   text        NOT NULL,
    bytes        bigint      NOT NULL CHECK (bytes >= 0),
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (project, snapshot_id),
    UNIQUE (project, object_key)
  );

  -- Projects whose rows are being made anew, and by whom: the last one to begin.
  CREATE TABLE vault.rebuilds (
    project  uuid        PRIMARY KEY,
    id       uuid        NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  `,
  // What each published manifest needs, so that a collection need not read them all.
  `
  ALTER TABLE vault.manifests
    -- Never given twice, and a new one for every manifest, also of the same snapshot.
    ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- The object whose needs are written in manifest_packs, and in how many rows. One published by a program that does not write
    -- them has another object or none here, and is read by the next collection.
    ADD COLUMN summary_of text,
    ADD COLUMN summary_packs integer;

  CREATE TABLE vault.manifest_packs (
    manifest bigint  NOT NULL REFERENCES vault.manifests (number) ON DELETE CASCADE,
    pack     bigint  NOT NULL,
    -- How much of the pack the manifest needs: at most. Only for choosing where it is worth looking.
    chunks   integer NOT NULL CHECK (chunks >= 0),
    bytes    bigint  NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (manifest, pack)
  );
  CREATE INDEX manifests_of_pack ON vault.manifest_packs (pack);

  -- What was needed of a pack when the manifests that name it were read last: how many there were, the latest of them, and the bytes.
  ALTER TABLE vault.packs
    ADD COLUMN examined_manifests integer,
    ADD COLUMN examined_manifest  bigint,
    ADD COLUMN examined_live      bigint;

  CREATE TABLE vault.projects (
    project     uuid        PRIMARY KEY,
    -- How often the catalogue was begun anew: whoever looks twice and sees the same number saw no rebuild.
    rebuilds    bigint      NOT NULL DEFAULT 0,
    -- When a collection has last listed the store.
    thorough_at timestamptz
  );
  `,
  // Until when the store is known to have locked a pack's object. One that is locked and not known to be is found out when it is to go.
  `
  ALTER TABLE vault.packs ADD COLUMN locked_until timestamptz;
  `,
];
