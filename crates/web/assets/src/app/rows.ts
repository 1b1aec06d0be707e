// A table of links, `data-rows`: `j` and `k` move the focus from one row's link to the next, so that
// `Enter` opens it.

import { isTyping } from '../shared/dom';
import { areKeysOn } from './keys';

export function startRows(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !areKeysOn()) return;
    if (isTyping(event.target) || document.querySelector('dialog[open]')) return;
    if (event.key !== 'j' && event.key !== 'k') return;
    const links = [...document.querySelectorAll<HTMLElement>('[data-rows] tbody tr a')];
    const at = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement));
    const next = event.key === 'j' ? at + 1 : at < 0 ? links.length - 1 : at - 1;
    const link = links[next];
    if (!link) return;
    event.preventDefault();
    link.focus();
  });
}
