import { expect, it } from 'vitest';
import { mapRoles, rolesIn } from './map-roles.js';

const SQL = `
SET check_function_bodies = false;
REVOKE ALL ON TABLE public.t FROM erp;
GRANT SELECT ON TABLE public.t TO reader;
GRANT SELECT(name),UPDATE(name) ON TABLE public."to x;" TO "Read ""only"", to" WITH GRANT OPTION;
GRANT ALL ON SCHEMA public TO PUBLIC;
SET SESSION AUTHORIZATION boss;
GRANT SELECT ON TABLE public.t TO clerk;
RESET SESSION AUTHORIZATION;
ALTER DEFAULT PRIVILEGES FOR ROLE erp IN SCHEMA public GRANT SELECT ON TABLES TO "to";
CREATE POLICY mine ON public.t FOR SELECT TO reader, "Read ""only"", to" USING ((owner = CURRENT_USER));
CREATE POLICY "TO all" ON "S"."T" AS RESTRICTIVE TO PUBLIC USING (true);
`;

it('finds every role that privileges and policies name, whatever it is called', () => {
  expect([...rolesIn(SQL)].toSorted()).toEqual(['Read "only", to', 'boss', 'clerk', 'erp', 'reader', 'to'].toSorted());
});

it('puts another role in the place of those that are not there, and leaves everything else as it is', () => {
  const gone = new Set(['Read "only", to', 'boss', 'to']);
  const mapped = mapRoles(SQL, (role) => (gone.has(role) ? 'Own' : role));
  expect(mapped).toBe(
    SQL.replaceAll('"Read ""only"", to"', '"Own"')
      .replace('AUTHORIZATION boss', 'AUTHORIZATION "Own"')
      .replace('TO "to";', 'TO "Own";'),
  );
});

it('takes nothing for a role that only looks like one', () => {
  const sql = `CREATE FUNCTION f() AS $$ GRANT x TO nobody $$;\n-- GRANT x TO nobody;\nGRANT x TO nobody AND MORE;\n`;
  expect(rolesIn(sql)).toEqual(new Set());
});

it('leaves what stands between quotes alone, also where it looks like a statement', () => {
  const sql = `CREATE POLICY p ON public.t TO reader USING ((s <> 'it''s
GRANT SELECT ON TABLE public.t TO nobody;
'::text));
GRANT SELECT ON TABLE public."a
GRANT x TO nobody;" TO gone;
`;
  expect(rolesIn(sql)).toEqual(new Set(['reader', 'gone']));
  expect(mapRoles(sql, (role) => (role === 'gone' ? 'own' : role))).toBe(sql.replace('TO gone;', 'TO "own";'));
});

it.each(['Größe', 'a, b', 'say ""hi""', 'x TO y', 'PUBLIC', 'semi;colon', "it's"])('maps a role called %s', (name) => {
  const sql = `GRANT SELECT ON TABLE public.t TO "${name}";\nREVOKE ALL ON TABLE public.t FROM "${name}";\n`;
  expect(rolesIn(sql)).toEqual(new Set([name.replaceAll('""', '"')]));
  expect(mapRoles(sql, () => 'own')).toBe(sql.replaceAll(`"${name}"`, '"own"'));
});

it('lets nobody at what the other role makes in future', () => {
  const everybody = 'ALTER DEFAULT PRIVILEGES FOR ROLE gone GRANT SELECT ON TABLES TO PUBLIC;';
  const clerk = 'ALTER DEFAULT PRIVILEGES FOR ROLE gone GRANT SELECT ON TABLES TO clerk;';
  const own = (role: string) => (role === 'gone' ? 'own' : role);
  expect(mapRoles(`${everybody}\n${clerk}\n`, own)).toBe('\n\n');
  const theirs = clerk.replace('gone', 'here').replace('clerk', 'gone');
  expect(mapRoles(theirs, own)).toBe(theirs.replace('gone', '"own"'));
  expect(mapRoles(everybody, (role) => role)).toBe(everybody);
  expect(rolesIn(everybody)).toEqual(new Set(['gone']));
  expect(rolesIn(clerk)).toEqual(new Set(['gone', 'clerk']));
});
