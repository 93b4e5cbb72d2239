import { describe, expect, it } from 'vitest';
import { reasonOf, unreadablePath, unwritable } from './filestore-failure.js';

const failure = (code: string) => Object.assign(new Error(`${code}: what the driver says`), { code });

describe('a failed system call in the filestore', () => {
  it.each<[string, RegExp]>([
    ['EACCES', /permission denied \(EACCES\)\. Make it readable for the worker, or remove it\.$/],
    ['EIO', /the disk reported an error \(EIO\)\. .*check the disk.* or remove it\.$/],
    ['ESTALE', /lost it \(ESTALE\)\. .*file server/],
    ['ENOTCONN', /\(ENOTCONN\)\. .*mount it again/],
    ['ELOOP', /lead in a circle.*\(ELOOP\)\. Mend the links\.$/],
    ['EMFILE', /\(EMFILE\)\. Raise the limit of open files\.$/],
    [
      'ENAMETOOLONG',
      /too long \(ENAMETOOLONG\)\. It has 15 bytes in 2 names, the longest of which, "a file.pdf", has 10\. Give it a shorter name/,
    ],
    ['EXDEV', /: EXDEV\. Try again/],
  ])('of a read says what %s asks for', (code, says) => {
    const error = unreadablePath(Buffer.from('some/a file.pdf'), failure(code));
    expect(error).toMatchObject({ code: 'filestore-unreadable', message: expect.stringMatching(says) as string });
    expect(error.message.startsWith('Cannot read "some/a file.pdf" in the filestore: ')).toBe(true);
    expect(error.message.includes('Make it readable')).toBe(code === 'EACCES');
  });

  it.each<[string, string, RegExp]>([
    ['EACCES', 'filestore-unwritable', /Give the worker the right to it\.$/],
    ['EROFS', 'filestore-unwritable', /Mount it writable\./],
    ['EFBIG', 'filestore-unwritable', /too large for the file system.*Use a file system/],
    ['ENAMETOOLONG', 'filestore-unwritable', /Give it a shorter name/],
    ['ENOSPC', 'disk-full', /Free some space/],
    ['EDQUOT', 'disk-full', /Free some space/],
  ])('of a write says what %s asks for', (code, expected, says) => {
    expect(unwritable(Buffer.from('some/file'), failure(code))).toMatchObject({
      code: expected,
      message: expect.stringMatching(says) as string,
    });
  });

  it.each(['ENAMETOOLONG', 'EACCES', 'EIO'])('is one line of moderate length for %s, whatever the path is', (code) => {
    for (const path of [`${'a very long name\n'.repeat(15)}/`.repeat(40), '\u202e\u0000\n'.repeat(2_000)]) {
      for (const { message } of [
        unreadablePath(Buffer.from(path), failure(code)),
        unwritable(Buffer.from(path), failure(code)),
      ]) {
        expect(message).not.toMatch(/\p{Cc}|\p{Cf}/u);
        expect(message.length).toBeLessThan(3_000);
      }
    }
    expect(unreadablePath(Buffer.from('n/'.repeat(3_000)), failure(code)).message.length).toBeLessThan(700);
  });

  it('of no errno at all says no more than it knows', () => {
    expect(reasonOf(new Error('what'))).toBe('an unexpected error');
  });
});
