// <button data-copy="#id"> copies the text of that element, <button data-copy="text"> the text.

import { make } from '../shared/dom';

const SHOWN_FOR_MS = 1600;

export function startCopying(): void {
  document.addEventListener('click', (event) => {
    const control = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy]') : null;
    if (control) void copyFrom(control);
  });
}

async function copyFrom(control: HTMLElement): Promise<void> {
  const wanted = control.dataset.copy ?? '';
  const source = wanted.startsWith('#') ? document.getElementById(wanted.slice(1)) : null;
  const text = source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : source?.textContent;
  const isCopied = await copyText(text ?? wanted);
  flash(control, isCopied ? 'Copied' : 'Not copied');
}

/** Puts a text on the clipboard; false where the browser refuses, as it does without https. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** The older way, which also works on a register that is reached by plain http. */
function copyBySelection(text: string): boolean {
  const holder = make('textarea', { class: 'unseen', 'aria-hidden': 'true', tabindex: '-1' });
  holder.value = text;
  document.body.append(holder);
  const focused = document.activeElement;
  holder.select();
  const isCopied = document.execCommand('copy');
  holder.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}

/** Shows a word on a button for a moment, and says it to those who do not see it. */
export function flash(control: HTMLElement, word: string): void {
  if (control.dataset.label === undefined) control.dataset.label = control.textContent ?? '';
  control.textContent = word;
  say(word);
  window.setTimeout(() => {
    control.textContent = control.dataset.label ?? '';
    delete control.dataset.label;
  }, SHOWN_FOR_MS);
}

let voice: HTMLElement | undefined;

/** Says a sentence to screen readers. */
export function say(sentence: string): void {
  if (!voice) {
    voice = make('div', { class: 'unseen', role: 'status' });
    document.body.append(voice);
  }
  voice.textContent = sentence;
}
