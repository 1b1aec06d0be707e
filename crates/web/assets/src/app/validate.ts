// <form data-validate="/api/-/validate/servers/"> is checked by the server's own rules while it is
// typed into. Errors are shown of fields that were touched: nobody is told of what they have not
// come to yet. Without an answer nothing is shown; the server checks again when the form is sent.

import { isAborted, postJson, Refusal } from '../shared/http';
import { later, make } from '../shared/dom';

const CHECK_AFTER_MS = 350;

/** Names of a form that are no fields of a record. */
const NOT_FIELDS = new Set(['csrf', 'next', 'revision', 'reason', 'reviewers', 'review', 'bypass']);

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export function checkWhileTyping(form: HTMLFormElement): void {
  const touched = new Set<string>();
  let asking: AbortController | undefined;
  const check = later(() => {
    asking?.abort();
    asking = new AbortController();
    void ask(form, asking.signal).then((errors) => errors && showErrors(form, errors, touched));
  }, CHECK_AFTER_MS);
  const onTouch = (event: Event): void => {
    const name = (event.target as Partial<Control> | null)?.name;
    if (!name || NOT_FIELDS.has(name)) return;
    touched.add(name);
    check();
  };
  form.addEventListener('input', onTouch);
  form.addEventListener('change', onTouch);
}

async function ask(form: HTMLFormElement, signal: AbortSignal): Promise<Record<string, string[]> | null> {
  const csrf = form.querySelector<HTMLInputElement>('input[name="csrf"]')?.value ?? null;
  try {
    await postJson(form.dataset.validate ?? '', bodyOf(form), csrf, signal);
    return {};
  } catch (error) {
    if (isAborted(error) || !(error instanceof Refusal)) return null;
    return error.status === 400 || error.status === 409 ? error.errors : null;
  }
}

/** The record that the form describes, as the API takes it. */
function bodyOf(form: HTMLFormElement): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const control of controlsOf(form)) body[control.name] = valueOf(control);
  return body;
}

function controlsOf(form: HTMLFormElement): Control[] {
  return [...form.elements].filter(
    (element): element is Control =>
      (element instanceof HTMLInputElement || element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement) &&
      element.name !== '' && !element.disabled && !NOT_FIELDS.has(element.name) && element.dataset.skip === undefined,
  );
}

function valueOf(control: Control): unknown {
  if (control instanceof HTMLInputElement) {
    if (control.type === 'checkbox') return control.checked;
    if (control.dataset.refs !== undefined) return referencesOf(control);
  }
  if (control.dataset.kind === 'json' && control.value.trim() !== '') {
    try {
      return JSON.parse(control.value);
    } catch {
      return control.value;
    }
  }
  return control.value;
}

function referencesOf(control: HTMLInputElement): number | number[] | null {
  const ids = control.value.split(',').filter((text) => text.trim() !== '').map(Number);
  return control.dataset.many === undefined ? (ids[0] ?? null) : ids;
}

function showErrors(form: HTMLFormElement, errors: Record<string, string[]>, touched: Set<string>): void {
  for (const name of touched) {
    const control = form.elements.namedItem(name);
    const hidden = control instanceof Element ? control : null;
    // A reference field: what is seen is the type-ahead behind it.
    const seen = hidden?.nextElementSibling?.querySelector('[role="combobox"]') ?? hidden;
    const field = seen?.closest('.field');
    if (!seen || !field) continue;
    const lines = errors[name] ?? [];
    errorPlace(field, seen, name).textContent = lines.join(' ');
    if (lines.length > 0) seen.setAttribute('aria-invalid', 'true');
    else seen.removeAttribute('aria-invalid');
  }
}

/** The `.error` of a field, made and described-by if the server wrote none. */
function errorPlace(field: Element, control: Element, name: string): Element {
  const present = field.querySelector('.error');
  if (present) {
    present.setAttribute('aria-live', 'polite');
    return present;
  }
  const place = make('p', { class: 'error', id: `e-${name}`, 'aria-live': 'polite' });
  const described = control.getAttribute('aria-describedby') ?? '';
  if (!described.split(' ').includes(place.id)) control.setAttribute('aria-describedby', `${described} ${place.id}`.trim());
  field.append(place);
  return place;
}
