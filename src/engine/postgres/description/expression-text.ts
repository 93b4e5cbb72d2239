/*
 * PostgreSQL prints some expressions in another way once what it printed was read again: `x IN ('a', 'b')` over a
 * `varchar` is an array that is cast as a whole at first, and one of elements that are cast afterwards; and ANDs within
 * ANDs become one chain. A dump and its restore would change every such CHECK.
 */

const OPENING = '([';
const CLOSING = ')]';

/** The text as PostgreSQL prints it the second time. */
export function settledText(text: string): string {
  let settled = text;
  for (let from = settled.indexOf(ARRAY); from !== -1; from = settled.indexOf(ARRAY, from + 1)) {
    settled = castElements(settled, from) ?? settled;
  }
  return withFlatChains(settled);
}

const ARRAY = '(ARRAY[';

/** `(ARRAY[a, b])::text[]` at `from` as `ARRAY[(a)::text, (b)::text]`, and nothing where there is none. */
function castElements(text: string, from: number): string | undefined {
  const open = from + ARRAY.length - 1;
  const elements = elementsOf(text, open);
  if (!elements || text[elements.end + 1] !== ')') return undefined;
  const cast = /^::((?:"(?:[^"]|"")+"|[\w ."])+(?:\([\d,]+\))?)\[\]/.exec(
    text.slice(elements.end + 2, elements.end + 300),
  );
  if (!cast) return undefined;
  const after = elements.end + 2 + cast[0].length;
  const casted = elements.texts.map((element) => `(${element})::${cast[1]}`);
  // The parentheses around the whole go with the cast they were for.
  const isWrapped = text[from - 1] === '(' && text[after] === ')';
  const [start, end] = isWrapped ? [from - 1, after + 1] : [from, after];
  const array = `ARRAY[${casted.join(', ')}]`;
  return text.slice(0, start) + (isWrapped ? `(${array})` : array) + text.slice(end);
}

/** What stands between the brackets that open at `open`, and where they close; nothing when they do not. */
function elementsOf(text: string, open: number): { texts: string[]; end: number } | undefined {
  const texts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < text.length; at += 1) {
    const letter = text[at]!;
    if (letter === "'" || letter === '"') at = endOfQuoted(text, at);
    else if (OPENING.includes(letter)) depth += 1;
    else if (CLOSING.includes(letter)) {
      depth -= 1;
      if (depth === 0) return { texts: [...texts, text.slice(start, at)], end: at };
    } else if (letter === ',' && depth === 1) {
      texts.push(text.slice(start, at));
      start = at + 2;
    }
  }
  return undefined;
}

/** Where the literal or name that begins at `from` ends. Literals with backslashes are printed as `E'…'`. */
function endOfQuoted(text: string, from: number): number {
  const quote = text[from]!;
  const escapes = quote === "'" && text[from - 1] === 'E';
  for (let at = from + 1; at < text.length; at += 1) {
    if (escapes && text[at] === '\\') at += 1;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at;
      at += 1;
    }
  }
  return text.length;
}

/** What stands between two parentheses: operands, and the operators between them. */
interface Level {
  operands: Operand[];
  operators: string[];
}

interface Operand {
  text: string;
  /** What is in it, when it is nothing but one pair of parentheses. */
  group?: { text: string; operator: string | undefined };
}

/** `((a AND b) AND c)` as `(a AND b AND c)`, and the same of OR. */
function withFlatChains(text: string): string {
  const levels: Level[] = [emptyLevel()];
  const add = (piece: string) => {
    const operand = levels.at(-1)!.operands.at(-1)!;
    delete operand.group;
    operand.text += piece;
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!;
    const operator = letter === ' ' ? / (?:AND|OR) /y : undefined;
    if (operator) operator.lastIndex = at;
    const found = operator?.exec(text)?.[0];
    if (letter === "'" || letter === '"') {
      const end = endOfQuoted(text, at);
      add(text.slice(at, end + 1));
      at = end;
    } else if (letter === '(') levels.push(emptyLevel());
    else if (letter === ')' && levels.length > 1) {
      const group = flattened(levels.pop()!);
      const operand = levels.at(-1)!.operands.at(-1)!;
      if (operand.text === '') operand.group = group;
      else delete operand.group;
      operand.text += `(${group.text})`;
    } else if (found !== undefined) {
      const level = levels.at(-1)!;
      level.operators.push(found);
      level.operands.push({ text: '' });
      at += found.length - 1;
    } else add(letter);
  }
  return levels.map((level) => flattened(level).text).join('(');
}

function emptyLevel(): Level {
  return { operands: [{ text: '' }], operators: [] };
}

/** The text of a level, and the operator that is the only one in it. */
function flattened({ operands, operators }: Level): { text: string; operator: string | undefined } {
  const operator = operators.every((other) => other === operators[0]) ? operators[0] : undefined;
  const texts = operands.map(({ text, group }) =>
    operator !== undefined && group?.operator === operator ? group.text : text,
  );
  return { text: texts.map((text, at) => text + (operators[at] ?? '')).join(''), operator };
}
