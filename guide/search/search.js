// What finds pages, headings, operations, commands and variables by their names. Without it the guide is whole, and has no field to type in.
import { matches } from './matches.js';

const MOST = 12;
const place = document.querySelector('.search');
const field = place.querySelector('input');
const list = place.querySelector('ul');
const said = place.querySelector('[aria-live]');
/** Of some size, and asked for when somebody wants to search. */
let index;

async function show() {
  index ??= import('./search-index.js').then((module) => module.default);
  const found = matches(await index, field.value, MOST);
  list.replaceChildren(...found.map(item));
  list.hidden = found.length === 0;
  said.textContent = field.value.trim() === '' ? '' : `${found.length === 0 ? 'Nothing' : found.length} found`;
}

function item([name, page, url]) {
  const link = document.createElement('a');
  link.href = new URL(url, new URL('..', import.meta.url)).href;
  link.append(name);
  if (page !== name) link.append(Object.assign(document.createElement('small'), { textContent: page }));
  const entry = document.createElement('li');
  entry.append(link);
  return entry;
}

function close() {
  list.hidden = true;
  said.textContent = '';
}

/** Up and down go through what was found, from the field and back to it. */
function move(step) {
  const stops = [field, ...list.querySelectorAll('a')];
  const at = stops.indexOf(document.activeElement);
  stops[Math.min(Math.max(at + step, 0), stops.length - 1)].focus();
}

field.addEventListener('focus', () => void show());
field.addEventListener('input', () => void show());
place.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') move(event.key === 'ArrowDown' ? 1 : -1);
  else if (event.key === 'Enter' && event.target === field) list.querySelector('a')?.click();
  else if (event.key === 'Escape') close();
  else return;
  event.preventDefault();
});
document.addEventListener('keydown', (event) => {
  const isTyping = /^(input|textarea|select)$/i.test(event.target.tagName);
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  field.focus();
});
document.addEventListener('click', (event) => {
  if (!place.contains(event.target) || event.target.closest('a') !== null) close();
});
place.hidden = false;
