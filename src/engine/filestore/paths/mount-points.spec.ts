import { expect, it } from 'vitest';
import { parseMountPoints } from './mount-points.js';

it('reads mount points from mountinfo, with escaped characters and optional fields', () => {
  const mountinfo = [
    '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
    '36 35 98:0 /mnt1 /mnt/with\\040space rw,noatime master:1 propagate_from:2 - ext3 /dev/root rw',
    '40 35 0:5 / /mnt/back\\134slash rw - tmpfs none rw',
    '',
  ].join('\n');
  expect(parseMountPoints(mountinfo)).toEqual(['/', '/mnt/with space', '/mnt/back\\slash']);
});
