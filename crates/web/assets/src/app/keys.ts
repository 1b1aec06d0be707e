// Keys of a page: `data-key="a"` or `data-key="g h"` on a link or button clicks it, `/` goes to the
// search, `?` shows what keys there are. Never while somebody types. Single letters can be turned
// off in the help, as WCAG 2.1.4 asks.

import { isTyping } from '../shared/dom';
import { recall, remember } from '../shared/store';

/** How long the second key of `g h` may take. */
const SEQUENCE_MS = 1200;
const KEYS_OFF = 'keys-off';

let began: string | null = null;
let timer = 0;

export function startKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key === '?') return void showHelp();
    if (!areKeysOn()) return;
    if (event.key === '/') {
      const search = document.querySelector<HTMLInputElement>('.search input[type="search"]');
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key.length === 1) {
      press(event);
    }
  });
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-show-keys]')) void showHelp();
  });
}

export function areKeysOn(): boolean {
  return recall(KEYS_OFF) === null;
}

export function setKeys(areOn: boolean): void {
  remember(KEYS_OFF, areOn ? null : '1');
}

/** Clicks what this key, or it and the one before, stands for. */
function press(event: KeyboardEvent): void {
  const pressed = began === null ? event.key : `${began} ${event.key}`;
  window.clearTimeout(timer);
  began = null;
  const target = keyed(pressed) ?? keyed(event.key);
  if (target) {
    event.preventDefault();
    // What opens a field focuses it; the letter must not land there.
    target.focus();
    target.click();
  } else if (document.querySelector(`[data-key^="${CSS.escape(event.key)} "]`)) {
    began = event.key;
    timer = window.setTimeout(() => (began = null), SEQUENCE_MS);
  }
}

function keyed(keys: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-key="${CSS.escape(keys)}"]:not(:disabled)`);
}

async function showHelp(): Promise<void> {
  const help = await import('./help');
  help.showHelp();
}
