// A record that a form shall refer to and that is not there yet: its own form in a dialog, as the
// server writes it. What is added is chosen, and nothing typed behind the dialog is touched.

import { button, make, openly } from '../shared/dom';
import type { Reference } from '../shared/references';
import { startReferences } from './references';
import { checkWhileTyping } from './validate';

/** Where a record's page is. */
const RECORD = /^\/[^/]+\/(\d+)\/$/;
const REQUEST = /^\/-\/change-requests\/(\d+)\/$/;

let made = 0;

export async function addNew(opener: HTMLButtonElement, typed: string, choose: (added: Reference) => void): Promise<void> {
  made += 1;
  const address = opener.dataset.new ?? '';
  const name = opener.dataset.name ?? '';
  const title = make('h2', { id: `new-title-${made}` }, opener.textContent?.trim() ?? '');
  const dialog = make('dialog', { class: 'new', 'aria-labelledby': title.id });
  const body = make('div', { class: 'body' });
  dialog.append(make('header', {}, title, button('Close', () => dialog.close())), body);
  dialog.addEventListener('close', () => {
    dialog.remove();
    opener.focus();
  });
  document.body.append(dialog);
  dialog.showModal();

  const show = (page: Document): void => {
    const form = page.querySelector<HTMLFormElement>('main form.form[method="post"]');
    if (!form) return tell(body, 'bad', 'The form can\'t be shown here; sign in again, or open it in another tab.', address, 'Open it');
    const notices = [...page.querySelectorAll('main > .notice')];
    tidy(form, `new-${made}-`);
    body.replaceChildren(...notices.map((one) => document.adoptNode(one)), document.adoptNode(form));
    startReferences(form);
    checkWhileTyping(form);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void send(form, event.submitter, address).then(came).catch(away);
    });
    form.querySelector<HTMLElement>('.field :is(input, select, textarea):not([type="hidden"])')?.focus();
  };
  const came = async (answer: Response): Promise<void> => {
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const path = new URL(answer.url).pathname;
    const record = answer.redirected ? RECORD.exec(path) : null;
    if (record) {
      const label = page.querySelector('h1')?.textContent?.trim() ?? '';
      dialog.close();
      // At once: its fields have the names of those behind it, and the event comes later.
      dialog.remove();
      choose({ id: Number(record[1]), name: openly(label) || `#${record[1]}` });
    } else if (answer.redirected && REQUEST.test(path)) {
      tell(body, 'warning', 'Somebody else must agree to it first; until then it can\'t be chosen here. What you typed in the form is kept.', path, 'The change request');
    } else {
      show(page);
    }
  };
  const away = (): void => tell(body, 'bad', 'The server does not answer. Try again in a moment.', address, 'Open the form');

  const query = typed !== '' && name !== '' ? `?${new URLSearchParams({ [name]: typed })}` : '';
  await fetch(address + query, { headers: { Accept: 'text/html' } }).then(came).catch(away);
}

async function send(form: HTMLFormElement, submitter: HTMLElement | null, address: string): Promise<Response> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === 'string') body.append(name, value);
  return fetch(address, { method: 'POST', headers: { Accept: 'text/html' }, body });
}

function tell(body: HTMLElement, kind: string, text: string, address: string, label: string): void {
  const notice = make('div', { class: `notice ${kind}`, role: 'alert' }, `${text} `, make('a', { href: address, target: '_blank' }, label));
  body.replaceChildren(notice);
}

/** Names of the dialog's own, so that labels lead to its fields; no ways on to further forms, and no keys. */
function tidy(form: HTMLFormElement, start: string): void {
  for (const element of form.querySelectorAll('[id], [for], [aria-describedby]')) {
    for (const name of ['id', 'for', 'aria-describedby']) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.split(' ').map((one) => start + one).join(' '));
    }
  }
  for (const element of form.querySelectorAll('button[data-new], .buttons a')) element.remove();
}
