// Forms that change something: checked while they are typed into, and nothing typed is lost.

import { keepDrafts } from './drafts';
import { checkWhileTyping } from './validate';

export function startForms(): void {
  for (const box of document.querySelectorAll<HTMLInputElement>('.field input[data-set]')) tickWhenFilled(box);
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-validate]')) checkWhileTyping(form);
  keepDrafts();
}

/** Whoever fills in a field of many records means to set it. */
function tickWhenFilled(box: HTMLInputElement): void {
  box.closest('.field')?.addEventListener('change', ({ target }) => {
    if (target !== box) box.checked = true;
  });
}
