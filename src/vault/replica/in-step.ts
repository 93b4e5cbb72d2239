/** Goes through two sorted sequences side by side: what has the same name comes together, what only one of them has comes alone. */
export async function* inStep<L, R>(
  left: AsyncIterable<L>,
  right: AsyncIterable<R>,
  nameOfLeft: (item: L) => string,
  nameOfRight: (item: R) => string,
): AsyncGenerator<[L, R] | [L, undefined] | [undefined, R]> {
  const rights = right[Symbol.asyncIterator]();
  try {
    let next = await rights.next();
    for await (const item of left) {
      const name = nameOfLeft(item);
      while (next.done !== true && nameOfRight(next.value) < name) {
        yield [undefined, next.value];
        next = await rights.next();
      }
      if (next.done !== true && nameOfRight(next.value) === name) {
        yield [item, next.value];
        next = await rights.next();
      } else yield [item, undefined];
    }
    for (; next.done !== true; next = await rights.next()) yield [undefined, next.value];
  } finally {
    await rights.return?.(undefined);
  }
}
