// Making elements. Text goes in as text, never as HTML: there is no way here to write markup from
// data.

type Attributes = Record<string, string | number | boolean | null | undefined>;

/** An element with attributes and children; `true` writes an empty attribute, `false` and null none. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string | null | undefined)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** A button that does something; never one that submits. */
export function button(label: string, action: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = make('button', { type: 'button', ...attributes }, label);
  element.addEventListener('click', action);
  return element;
}

/** Calls `action` once nothing has asked for it during `pause_ms`. */
export function later(action: () => void, pause_ms: number): () => void {
  let timer = 0;
  return () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(action, pause_ms);
  };
}

/** Whether the person is typing there, so that letters are letters. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.matches('textarea, select')) return true;
  return target instanceof HTMLInputElement && !/^(checkbox|radio|button|submit|range|file)$/.test(target.type);
}

/** Marks that turn the direction of text or are not seen at all. */
const UNSEEN_MARKS = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text of a record for reading: a mark that would make it look like another is written out. */
export function openly(text: string): string {
  return text.replace(UNSEEN_MARKS, (mark) => `‹U+${mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}›`);
}

/** The address, if a link may lead there: ours, or http and https elsewhere. */
export function safeAddress(text: string): string | null {
  try {
    const url = new URL(text, location.origin);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}
