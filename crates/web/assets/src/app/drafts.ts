// Nothing typed is lost: what stands in a form is kept for this tab and its address, and offered
// again after an error, an expired session or a closed page. Once another page answers a form that
// was sent, it went in, and the draft is dropped.

import { button, later, make } from '../shared/dom';
import { recall, remember, remembered } from '../shared/store';

/** What was typed, by the name of the field; `sent` once the form was submitted. */
interface Draft {
  values: Record<string, string>;
  sent: boolean;
}

const KEEP_AFTER_MS = 300;

export function keepDrafts(): void {
  dropThoseThatWentIn();
  for (const form of document.querySelectorAll<HTMLFormElement>('form[method="post"]')) {
    if (form.querySelector('.field') && form.dataset.draft !== 'no' && !form.querySelector('[type="password"]')) keep(form);
  }
}

function keyOf(form: HTMLFormElement): string {
  return `draft:${location.pathname}${location.search}#${form.id || form.getAttribute('action') || ''}`;
}

function keep(form: HTMLFormElement): void {
  const key = keyOf(form);
  const original = valuesOf(form);
  // What others changed meanwhile has been put beside what was typed: the form has both.
  const draft = form.querySelector('.meanwhile') ? null : read(key);
  if (draft && differs(draft.values, original)) offer(form, key, draft);
  const write = (sent: boolean): void => {
    const values = valuesOf(form);
    remember(key, differs(values, original) || sent ? JSON.stringify({ values, sent } satisfies Draft) : null, 'session');
  };
  form.addEventListener('input', later(() => write(false), KEEP_AFTER_MS));
  form.addEventListener('submit', () => write(true));
}

function offer(form: HTMLFormElement, key: string, draft: Draft): void {
  const notice = make('div', { class: 'notice info', role: 'status' }, make('p', {}, 'What you typed here earlier was not saved.'));
  notice.append(
    button('Put it back', () => {
      putBack(form, draft.values);
      notice.remove();
    }),
    button('Forget it', () => {
      remember(key, null, 'session');
      notice.remove();
    }, { class: 'link' }),
  );
  form.before(notice);
}

function putBack(form: HTMLFormElement, values: Record<string, string>): void {
  for (const control of controlsOf(form)) {
    const value = values[control.name];
    if (value === undefined) continue;
    if (control instanceof HTMLInputElement && control.type === 'checkbox') control.checked = value === 'true';
    else if (control instanceof HTMLInputElement && control.type === 'radio') control.checked = control.value === value;
    else control.value = value;
    control.dispatchEvent(new Event('domesday:restored'));
    control.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

function controlsOf(form: HTMLFormElement): Control[] {
  return [...form.elements].filter((element): element is Control => {
    if (element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement) return element.name !== '';
    if (!(element instanceof HTMLInputElement) || element.name === '') return false;
    // A hidden input is the page's own, save for one that holds a reference.
    return element.type === 'hidden' ? element.dataset.refs !== undefined : !/^(password|file|submit|button)$/.test(element.type);
  });
}

function valuesOf(form: HTMLFormElement): Record<string, string> {
  const values: Record<string, string> = {};
  for (const control of controlsOf(form)) {
    if (control instanceof HTMLInputElement && control.type === 'radio') {
      if (control.checked) values[control.name] = control.value;
    } else {
      values[control.name] = control instanceof HTMLInputElement && control.type === 'checkbox' ? String(control.checked) : control.value;
    }
  }
  return values;
}

function differs(one: Record<string, string>, other: Record<string, string>): boolean {
  return Object.keys(one).some((name) => name in other && one[name] !== other[name]);
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(recall(key, 'session') ?? 'null') as Draft | null;
  } catch {
    return null;
  }
}

/** A form that was sent and answered by another page than itself or the sign-in went in. */
function dropThoseThatWentIn(): void {
  if (/^\/(login|auth)\//.test(location.pathname) || document.querySelector('.notice.bad')) return;
  const here = `draft:${location.pathname}${location.search}#`;
  for (const key of remembered('draft:')) {
    if (!key.startsWith(here) && read(key)?.sent) remember(key, null, 'session');
  }
}
