import { useState } from 'react';

/** Which rows of a table are opened, by their keys. */
export function useOpened<Key>(): { isOpen: (key: Key) => boolean; turn: (key: Key) => void } {
  const [opened, setOpened] = useState<ReadonlySet<Key>>(new Set());
  return { isOpen: (key) => opened.has(key), turn: (key) => setOpened((before) => turned(before, key)) };
}

function turned<Key>(opened: ReadonlySet<Key>, key: Key): ReadonlySet<Key> {
  const next = new Set(opened);
  if (!next.delete(key)) next.add(key);
  return next;
}
