import { flag, type KindQuery, object, quoted, relationName, secretOptions, word } from './kind-query.js';

/** What other objects are in or stand on: schemas, extensions, languages, access methods, servers of foreign data. */
export function schemaQueries(): KindQuery[] {
  return [
    {
      kind: 'schema',
      catalogue: 'pg_namespace',
      oid: 'n.oid',
      from: 'pg_catalog.pg_namespace n',
      name: quoted('n.nspname'),
      schema: 'n.nspname',
      owner: 'n.nspowner',
      acl: { column: 'n.nspacl', type: `'n'` },
      always: `n.nspname = 'public'`,
      definition: {},
    },
    {
      kind: 'extension',
      catalogue: 'pg_extension',
      oid: 'x.oid',
      from: 'pg_catalog.pg_extension x JOIN pg_catalog.pg_namespace n ON n.oid = x.extnamespace',
      name: quoted('x.extname'),
      owner: 'x.extowner',
      always: 'true',
      definition: {
        name: 'x.extname',
        version: 'x.extversion',
        schema: 'n.nspname',
        configuration: `(SELECT pg_catalog.jsonb_object_agg(${relationName('t.oid')}, x.extcondition[t.place])
                           FROM pg_catalog.unnest(x.extconfig) WITH ORDINALITY AS t (oid, place) WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.oid))`,
      },
    },
    {
      kind: 'language',
      catalogue: 'pg_language',
      oid: 'l.oid',
      from: 'pg_catalog.pg_language l',
      name: quoted('l.lanname'),
      owner: 'l.lanowner',
      acl: { column: 'l.lanacl', type: `'l'` },
      definition: {
        trusted: flag('l.lanpltrusted'),
        handler: `NULLIF(l.lanplcallfoid::pg_catalog.regprocedure::text, '-')`,
        inline: `NULLIF(l.laninline::pg_catalog.regprocedure::text, '-')`,
        validator: `NULLIF(l.lanvalidator::pg_catalog.regprocedure::text, '-')`,
      },
    },
    {
      kind: 'access method',
      catalogue: 'pg_am',
      oid: 'a.oid',
      from: 'pg_catalog.pg_am a',
      name: quoted('a.amname'),
      definition: {
        type: word('a.amtype', { i: 'index', t: 'table' }),
        handler: 'a.amhandler::pg_catalog.regproc::text',
      },
    },
    {
      kind: 'foreign data wrapper',
      catalogue: 'pg_foreign_data_wrapper',
      oid: 'f.oid',
      from: 'pg_catalog.pg_foreign_data_wrapper f',
      name: quoted('f.fdwname'),
      owner: 'f.fdwowner',
      acl: { column: 'f.fdwacl', type: `'F'` },
      definition: {
        handler: `NULLIF(f.fdwhandler::pg_catalog.regprocedure::text, '-')`,
        validator: `NULLIF(f.fdwvalidator::pg_catalog.regprocedure::text, '-')`,
        foreignOptions: secretOptions('f.fdwoptions'),
      },
    },
    {
      kind: 'server',
      catalogue: 'pg_foreign_server',
      oid: 's.oid',
      from: 'pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper f ON f.oid = s.srvfdw',
      name: quoted('s.srvname'),
      owner: 's.srvowner',
      acl: { column: 's.srvacl', type: `'S'` },
      definition: {
        wrapper: 'f.fdwname',
        type: 's.srvtype',
        version: 's.srvversion',
        foreignOptions: secretOptions('s.srvoptions'),
      },
    },
    {
      kind: 'user mapping',
      // The table itself only superusers may read; the view shows its options to those they are for.
      catalogue: 'pg_user_mapping',
      oid: 'u.umid',
      from: 'pg_catalog.pg_user_mappings u JOIN pg_catalog.pg_foreign_server s ON s.oid = u.srvid',
      name: `('FOR ' || CASE WHEN u.umuser = 0 THEN 'PUBLIC' ELSE ${quoted('u.usename')} END || ' SERVER ' || ${quoted('s.srvname')})`,
      definition: {
        role: `CASE WHEN u.umuser <> 0 THEN u.usename END`,
        foreignOptions: secretOptions('u.umoptions'),
        hidden: flag(`u.umoptions IS NULL AND NOT (
          (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)
          OR u.umuser <> 0 AND u.usename = CURRENT_USER AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE') OR pg_catalog.has_server_privilege(s.oid, 'USAGE'))
          OR u.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE'))`),
      },
    },
  ];
}

/** Replication and what fires for the database as a whole. */
export function replicationQueries(major: number): KindQuery[] {
  const since = (version: number, facts: Record<string, string>) => (major >= version ? facts : {});
  const publishedTable = object({
    table: relationName('r.prrelid'),
    ...since(15, {
      columns: `(SELECT pg_catalog.jsonb_agg(a.attname ORDER BY a.attname COLLATE "C") FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))`,
      filter: 'pg_catalog.pg_get_expr(r.prqual, r.prrelid)',
    }),
  });
  return [
    {
      kind: 'event trigger',
      catalogue: 'pg_event_trigger',
      oid: 'e.oid',
      from: 'pg_catalog.pg_event_trigger e',
      name: quoted('e.evtname'),
      owner: 'e.evtowner',
      definition: {
        event: 'e.evtevent',
        function: 'e.evtfoid::pg_catalog.regprocedure::text',
        enabled: word('e.evtenabled', { D: 'disabled', R: 'replica', A: 'always' }),
        tags: 'pg_catalog.to_jsonb(e.evttags)',
      },
    },
    {
      kind: 'publication',
      catalogue: 'pg_publication',
      oid: 'p.oid',
      from: 'pg_catalog.pg_publication p',
      name: quoted('p.pubname'),
      owner: 'p.pubowner',
      definition: {
        allTables: flag('p.puballtables'),
        insert: 'p.pubinsert',
        update: 'p.pubupdate',
        delete: 'p.pubdelete',
        truncate: 'p.pubtruncate',
        viaRoot: flag('p.pubviaroot'),
        ...since(18, { generatedColumns: 'p.pubgencols' }),
        tables: `(SELECT pg_catalog.jsonb_agg(${publishedTable} ORDER BY ${relationName('r.prrelid')} COLLATE "C") FROM pg_catalog.pg_publication_rel r WHERE r.prpubid = p.oid)`,
        ...since(15, {
          schemas: `(SELECT pg_catalog.jsonb_agg(n.nspname ORDER BY n.nspname COLLATE "C") FROM pg_catalog.pg_publication_namespace pn JOIN pg_catalog.pg_namespace n ON n.oid = pn.pnnspid WHERE pn.pnpubid = p.oid)`,
        }),
      },
    },
    // Older servers tell only a superuser.
    ...(major < 14 ? [] : [subscriptionQuery(since)]),
  ];
}

/** Without the connection string: it has a password, and only a superuser may read it. */
function subscriptionQuery(
  since: (version: number, facts: Record<string, string>) => Record<string, string>,
): KindQuery {
  return {
    kind: 'subscription',
    catalogue: 'pg_subscription',
    oid: 's.oid',
    from: 'pg_catalog.pg_subscription s',
    where: 's.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())',
    name: quoted('s.subname'),
    owner: 's.subowner',
    definition: {
      enabled: 's.subenabled',
      slot: 's.subslotname',
      synchronousCommit: 's.subsynccommit',
      publications: `pg_catalog.to_jsonb(s.subpublications)`,
      binary: flag('s.subbinary'),
      streaming: 's.substream::text',
      ...since(15, { twoPhase: 's.subtwophasestate', disableOnError: flag('s.subdisableonerr') }),
      ...since(16, {
        origin: 's.suborigin',
        passwordRequired: 's.subpasswordrequired',
        runAsOwner: flag('s.subrunasowner'),
      }),
      ...since(17, { failover: flag('s.subfailover') }),
    },
  };
}

/** Large objects, and the privileges that future objects get. */
export function accessQueries(): KindQuery[] {
  return [
    {
      kind: 'large object',
      catalogue: 'pg_largeobject_metadata',
      commented: 'pg_largeobject',
      oid: 'l.oid',
      from: 'pg_catalog.pg_largeobject_metadata l',
      name: 'l.oid::text',
      owner: 'l.lomowner',
      acl: { column: 'l.lomacl', type: `'L'` },
      // One can be given any number.
      always: 'true',
      definition: {},
    },
    {
      kind: 'default privileges',
      catalogue: 'pg_default_acl',
      oid: 'd.oid',
      from: 'pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace',
      name: `('FOR ROLE ' || ${quoted('pg_catalog.pg_get_userbyid(d.defaclrole)')} || CASE WHEN d.defaclnamespace <> 0 THEN ' IN SCHEMA ' || ${quoted('n.nspname')} ELSE '' END || ' ON ' || ${OBJECTS})`,
      schema: `coalesce(n.nspname, '')`,
      acl: { column: 'd.defaclacl' },
      definition: { role: 'pg_catalog.pg_get_userbyid(d.defaclrole)', schema: 'n.nspname', objects: OBJECTS },
    },
  ];
}

const OBJECTS = word('d.defaclobjtype', {
  r: 'TABLES',
  S: 'SEQUENCES',
  f: 'FUNCTIONS',
  T: 'TYPES',
  n: 'SCHEMAS',
  L: 'LARGE OBJECTS',
});
