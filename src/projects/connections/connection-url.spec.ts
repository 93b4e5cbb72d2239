import { describe, expect, it } from 'vitest';
import { EngineError } from '../../engine/engine-error.js';
import { parseConnectionUrl } from './connection-url.js';

const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));

describe('parseConnectionUrl', () => {
  it('reads every part', () => {
    expect(parseConnectionUrl('postgres://shop:s3cret@db.internal:6432/shop_db?sslmode=verify-full')).toEqual({
      host: 'db.internal',
      port: 6432,
      database: 'shop_db',
      user: 'shop',
      password: 's3cret',
      tls: 'verify-full',
    });
  });

  it('takes the usual port, no TLS and no password when they are left out', () => {
    expect(parseConnectionUrl('postgresql://shop@db/shop')).toMatchObject({ port: 5432, tls: 'disable', password: '' });
  });

  it('decodes names and passwords with any character', () => {
    const encoded = encodeURIComponent(printable);
    const address = parseConnectionUrl(`postgres://${encoded}:${encoded}@db/${encoded}`);
    expect(address).toMatchObject({ user: printable, password: printable, database: printable });
  });

  it.each([
    ['[::1]', '::1'],
    ['[fe80::1:2]', 'fe80::1:2'],
    ['10.0.0.7', '10.0.0.7'],
    ['DB.internal', 'DB.internal'],
  ])('understands the host %s', (host, expected) => {
    expect(parseConnectionUrl(`postgres://u:p@${host}:5433/d`)).toMatchObject({ host: expected, port: 5433 });
  });

  it.each([
    ['', 'disable'],
    ['?sslmode=disable', 'disable'],
    ['?sslmode=require', 'require'],
    ['?sslmode=verify-ca', 'verify-full'],
    ['?sslmode=disable&sslmode=verify-full', 'verify-full'],
    ['?ssl=true', 'verify-full'],
    ['?ssl=false', 'disable'],
    ['?application_name=shop&connect_timeout=5', 'disable'],
  ])('with the parameters "%s" uses TLS mode %s', (parameters, tls) => {
    expect(parseConnectionUrl(`postgres://u:p@db/d${parameters}`).tls).toBe(tls);
  });

  it.each([
    ['another host in a parameter', 'postgres://u:hidden@db/d?host=elsewhere', /parameter "host"/],
    ['another host in an encoded parameter', 'postgres://u:hidden@db/d?%68ost=elsewhere', /parameter "host"/],
    ['another address in a parameter', 'postgres://u:hidden@db/d?hostaddr=10.0.0.1', /parameter "hostaddr"/],
    ['another port in a parameter', 'postgres://u:hidden@db/d?port=1', /parameter "port"/],
    ['another user in a parameter', 'postgres://u:hidden@db/d?user=postgres', /parameter "user"/],
    ['a password in a parameter', 'postgres://u@db/d?password=hidden', /parameter "password"/],
    ['server options', 'postgres://u:hidden@db/d?options=-crole=x', /parameter "options"/],
    ['the path of a socket', 'postgres://u:hidden@%2Fvar%2Frun%2Fpostgresql/d', /must name one host/],
    ['a socket in a parameter', 'postgres:///d?host=/var/run/postgresql&user=u&password=hidden', /parameter "host"/],
    ['no host', 'postgres:///hidden', /names no host/],
    ['several hosts', 'postgres://u:hidden@one,two/d', /must name one host/],
    ['an encoded host', 'postgres://u:hidden@d%62/d', /must name one host/],
    ['no user', 'postgres://db/hidden', /no name of the role/],
    ['no database', 'postgres://u:hidden@db', /no name of the database/],
    ['no database but a slash', 'postgres://u:hidden@db/', /no name of the database/],
    ['port 0', 'postgres://u:hidden@db:0/d', /port 0/],
    ['port 65536', 'postgres://u:hidden@db:65536/d', /cannot be read/],
    ['a half-encoded password', 'postgres://u:hidden%zz@db/d', /password that is not correctly percent-encoded/],
    ['an encoded NUL', 'postgres://u:hidden%00@db/d', /NUL character in the password/],
    ['an unencoded slash in the password', 'postgres://u:hid/den@db/d', /cannot be read|no name of the role/],
    [
      'an unencoded slash after an unencoded at sign',
      'postgres://u:p@s/hidden@db/d',
      /second "\/" or "@" after the host/,
    ],
    ['an unencoded hash in the password', 'postgres://u:5#hidden@db/d', /contains "#"/],
    ['an unencoded question mark in the password', 'postgres://u:5?hidden@db/d', /no name of the/],
    ['two lines', 'postgres://u:hidden@db\n.elsewhere/d', /white space/],
    ['another protocol', 'mysql://u:hidden@db/d', /does not begin with postgres/],
    ['a list of settings', 'host=db\u00a0password=hidden', /white space|does not begin/],
    ['nothing', '', /does not begin with postgres/],
    ['TLS that may be skipped', 'postgres://u:hidden@db/d?sslmode=prefer', /sslmode other than/],
  ])('refuses %s and does not repeat the URL', (_, url, reason) => {
    let refusal: unknown;
    try {
      parseConnectionUrl(url);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(EngineError);
    const { message, cause } = refusal as EngineError;
    expect(message).toMatch(reason);
    expect(message).toMatch(/^The connection URL .*\.$/);
    expect(message).not.toContain('hidden');
    expect(cause).toBeUndefined();
  });
});
