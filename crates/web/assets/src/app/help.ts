// The dialog on "?": the keys that this page has, gathered from its elements.

import { button, make } from '../shared/dom';
import { areKeysOn, setKeys } from './keys';

/** One line of the help: keys as written in `data-key`, and what they do. */
interface Line {
  keys: string;
  what: string;
}

export function showHelp(): void {
  const dialog = make('dialog', { 'aria-labelledby': 'help-title' });
  const close = button('Close', () => dialog.close());
  const list = make('dl', { class: 'keys' });
  for (const { keys, what } of gather()) list.append(keysOf(keys), make('dd', {}, what));
  const toggle = make('input', { type: 'checkbox' });
  toggle.checked = areKeysOn();
  toggle.addEventListener('change', () => setKeys(toggle.checked));
  dialog.append(
    make('header', {}, make('h2', { id: 'help-title' }, 'Keys of this page'), close),
    make('div', { class: 'body' }, list, make('label', { class: 'choice' }, toggle, ' Single keys work in this browser')),
  );
  // A click on the backdrop is one on the dialog itself.
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function gather(): Line[] {
  const lines: Line[] = [];
  for (const element of document.querySelectorAll<HTMLElement>('[data-key], [aria-keyshortcuts]')) {
    const keys = element.dataset.key ?? element.getAttribute('aria-keyshortcuts') ?? '';
    lines.push({ keys, what: nameOf(element) });
  }
  // Keys of a part that has no element for each: `data-keys="j=Next row|k=Row before"`.
  for (const element of document.querySelectorAll<HTMLElement>('[data-keys]')) {
    for (const line of (element.dataset.keys ?? '').split('|')) {
      const [keys = '', what = ''] = line.split('=');
      lines.push({ keys, what });
    }
  }
  lines.push({ keys: '?', what: 'This help' }, { keys: 'Escape', what: 'Closes what is open' });
  return lines;
}

function nameOf(element: HTMLElement): string {
  const text = element.getAttribute('aria-label') ?? element.title;
  return (text || (element.textContent ?? '')).trim().replace(/\s+/g, ' ');
}

function keysOf(keys: string): HTMLElement {
  return make('dt', {}, ...keys.split(' ').map((key) => make('kbd', {}, key)));
}
