// Forms that change something: checked while they are typed into, and nothing typed is lost.

import { keepDrafts } from './drafts';
import { checkWhileTyping } from './validate';

export function startForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-validate]')) checkWhileTyping(form);
  keepDrafts();
}
