// Importing a file: it can be dropped anywhere on the form, and is sent with a bar that shows how
// far it is. The server tells of its own work in lines of JSON while it goes on (the page's address
// answers so to `Accept: application/jsonl`), and at last what a browser is answered otherwise: the
// next step, which takes the place of this one. Without script the same forms are plain posts.

import './import/import.css';
import { startDropping } from './import/drop';
import { Going } from './import/going';
import { sendForm } from './import/send';

function start(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-import]')) {
    startDropping(form);
    form.addEventListener('submit', (event) => submit(form, event));
  }
}

function submit(form: HTMLFormElement, event: SubmitEvent): void {
  const { submitter } = event;
  // A file that comes back takes no page's place.
  if (submitter?.hasAttribute('data-download')) return;
  event.preventDefault();
  const body = new FormData(form, submitter);
  const tooLarge = largerThanTaken(form);
  if (tooLarge) {
    tell(tooLarge);
    return;
  }
  const going = new Going(form);
  sendForm(form.action || location.href, body, (step) => going.show(step))
    .then((answer) => {
      if ('to' in answer) {
        location.assign(answer.to);
        return;
      }
      going.end();
      if ('page' in answer) replace(answer.page);
      else tell(answer.error);
    })
    .catch(() => {
      going.end();
      tell('The connection broke off before the answer came. Try again: what went in already is left as it is.');
    });
}

/** What is wrong with the size of a file that was chosen. */
function largerThanTaken(form: HTMLFormElement): string | null {
  const max = Number(form.dataset.fileMax ?? 0);
  const file = form.querySelector<HTMLInputElement>('input[type="file"]')?.files?.[0];
  if (!file || max === 0 || file.size <= max) return null;
  return `${file.name} has ${Math.ceil(file.size / 1024).toLocaleString('en')} KB, and a page takes ${Math.floor(max / 1024).toLocaleString('en')} KB; "domesday import" takes more.`;
}

/** Shows the next step in the place of this one. */
function replace(page: string): void {
  const next = new DOMParser().parseFromString(page, 'text/html');
  const main = document.querySelector('#main');
  const content = next.querySelector('#main');
  if (!main || !content) return;
  main.replaceChildren(...content.childNodes);
  document.title = next.title;
  window.scrollTo(0, 0);
  const heading = main.querySelector<HTMLElement>('h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus();
  start();
}

/** Says what went wrong, above the form, which stays as it is. */
function tell(text: string): void {
  const old = document.querySelector('#import-told');
  const notice = document.createElement('div');
  notice.id = 'import-told';
  notice.className = 'notice bad';
  notice.setAttribute('role', 'alert');
  notice.textContent = text;
  old?.remove();
  document.querySelector('form[data-import]')?.before(notice);
  notice.scrollIntoView({ block: 'nearest' });
}

start();
