import { isUtf8 } from 'node:buffer';

/** The longest name that file systems take. */
const MOST_NAME_BYTES = 255;

/** How something is called that is put beside what has its name, by when it was asked for: `plan.pdf.restored-20261130T210500Z`. Both as bytes. */
export function besideName(name: Buffer, at: Date): Buffer {
  const time = at.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const ending = Buffer.from(`.restored-${time}`);
  return Buffer.concat([startOf(name, MOST_NAME_BYTES - ending.length), ending]);
}

/** At most so many bytes, never a part of a character. */
function startOf(name: Buffer, most: number): Buffer {
  const start = name.subarray(0, most);
  if (!isUtf8(name)) return start;
  let end = start.length;
  while (!isUtf8(name.subarray(0, end))) end -= 1;
  return name.subarray(0, end);
}
