import type { Client } from 'pg';

type Add = (subject: string, words: string) => void;

/** `pg_dump` does not look at what belongs to an extension. Identity is the object's address in words. */
const MEMBERS = `
  SELECT e.extname::text AS extension, i.type, i.identity,
         coalesce(
           (SELECT concat_ws(' ', p.provolatile, p.proisstrict, p.proparallel, p.procost, p.prorows, p.prosecdef,
                             p.proleakproof, p.proconfig, md5(p.prosrc))
              FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid),
           (SELECT concat_ws(' ', c.relkind, c.reloptions, c.relpersistence, c.relrowsecurity)
              FROM pg_class c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid), '') AS properties,
         coalesce(
           (SELECT concat_ws(' ', pg_get_userbyid(p.proowner), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(p.proacl) a))
              FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid),
           (SELECT concat_ws(' ', pg_get_userbyid(c.relowner), (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(c.relacl) a))
              FROM pg_class c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid), '') AS access,
         obj_description(d.objid, d.classid::regclass::text::name) AS comment
    FROM pg_depend d
    JOIN pg_extension e ON e.oid = d.refobjid
    CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
   WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND i.identity IS NOT NULL
   ORDER BY 1, 2, 3`;

const EXTENSIONS = `
  SELECT e.extname::text AS name, concat_ws(' ', e.extversion, 'in', n.nspname) AS properties,
         pg_get_userbyid(e.extowner)::text AS access,
         (SELECT string_agg(c::regclass::text, ', ') FROM unnest(e.extconfig) c) AS configuration
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY 1`;

/** Extensions with their versions, and what somebody may have altered of their members. */
export async function describeMembers(client: Client, { elsewhere }: { elsewhere?: boolean }, add: Add): Promise<void> {
  await client.query(`SET search_path = pg_catalog`);
  const extensions = await client.query<Record<string, string | null>>(EXTENSIONS);
  for (const { name, properties, access, configuration } of extensions.rows) {
    add(`extension ${name}`, `${properties} ${configuration ?? ''}`);
    if (elsewhere !== true) add(`owner of extension ${name}`, access!);
  }
  const members = await client.query<Record<string, string | null>>(MEMBERS);
  for (const { extension, type, identity, properties, access, comment } of members.rows) {
    const subject = `member ${type} ${identity} of extension ${extension}`;
    add(subject, `${properties} ${comment ?? ''}`);
    if (elsewhere !== true) add(`access to ${subject}`, access!);
  }
}
