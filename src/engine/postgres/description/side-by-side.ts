import { compareIdentities, type DescribedObject, type DescriptionStream } from './described-object.js';

/** What two descriptions say of the same object, in their order; undefined on the side that does not have it. */
export async function* sideBySide(
  expected: DescriptionStream,
  found: DescriptionStream,
): AsyncGenerator<[DescribedObject | undefined, DescribedObject | undefined]> {
  const left = objects(expected);
  const right = objects(found);
  try {
    let was = await left.next();
    let is = await right.next();
    while (!was.done || !is.done) {
      const order = was.done ? 1 : is.done ? -1 : compareIdentities(was.value, is.value);
      yield [was.done || order > 0 ? undefined : was.value, is.done || order < 0 ? undefined : is.value];
      if (order <= 0) was = await left.next();
      if (order >= 0) is = await right.next();
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

async function* objects(stream: DescriptionStream): AsyncGenerator<DescribedObject> {
  for await (const batch of stream) yield* batch;
}

/** Those of a description that are wanted, in its order. */
export async function* filtered(
  stream: DescriptionStream,
  isWanted: (object: DescribedObject) => boolean,
): AsyncGenerator<DescribedObject[]> {
  for await (const batch of stream) yield batch.filter(isWanted);
}
