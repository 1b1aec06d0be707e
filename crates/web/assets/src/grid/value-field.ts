// What a comparison is compared with: a text, two, words to tick, records to choose.

import { Combobox } from '../shared/combobox';
import { make } from '../shared/dom';
import { namedReferences } from '../shared/references';
import type { Comparison, Offer } from './offers';

export interface ValueField {
  element: HTMLElement;
  /** As the API takes it; empty while nothing is given. */
  read: () => string;
  /** Fills it with what the API took. */
  write: (value: string) => void;
  focus: () => void;
  /** Marks what was refused, and goes there. */
  refuse: () => void;
}

export function valueOf(offer: Offer, comparison: Comparison): ValueField {
  if (comparison.takes === 'nothing') return { element: make('div', { hidden: true }), read: () => '', write: () => undefined, focus: () => undefined, refuse: () => undefined };
  if (comparison.takes === 'two') return twoTexts(offer);
  const isMany = comparison.takes === 'many';
  if (offer.choices) return isMany ? ticks(offer.choices) : oneChoice(offer.choices);
  if (offer.target !== undefined) return references(offer.target, isMany);
  return oneText(offer, isMany);
}

function inputOf(offer: Offer, id: string): HTMLInputElement {
  // A moment is compared by its day.
  const isDay = offer.kind === 'date' || offer.kind === 'datetime';
  const isNumber = offer.kind === 'integer' || offer.kind === 'decimal';
  return make('input', {
    id, type: isDay ? 'date' : 'text', inputmode: isNumber ? 'decimal' : null,
    autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', 'aria-describedby': 'builder-error',
  });
}

function refused(...inputs: HTMLInputElement[]): () => void {
  for (const input of inputs) input.addEventListener('input', () => input.removeAttribute('aria-invalid'));
  return () => {
    const wrong = inputs.filter(({ value }) => value.trim() === '');
    for (const input of wrong.length > 0 ? wrong : inputs) input.setAttribute('aria-invalid', 'true');
    (wrong[0] ?? inputs[0])?.focus();
  };
}

function labelled(label: string, input: HTMLElement, help?: string): HTMLElement {
  const helped = help === undefined ? null : make('p', { class: 'help' }, help);
  return make('div', { class: 'field' }, make('label', { for: input.id }, label), input, helped);
}

function oneText(offer: Offer, isMany: boolean): ValueField {
  const input = inputOf(offer, 'builder-value');
  const element = labelled(isMany ? 'Values' : 'Value', input, isMany ? 'Separated by commas.' : undefined);
  return { element, read: () => input.value.trim(), write: (value) => (input.value = value), focus: () => input.focus(), refuse: refused(input) };
}

function twoTexts(offer: Offer): ValueField {
  const [from, to] = [inputOf(offer, 'builder-from'), inputOf(offer, 'builder-to')];
  const read = (): string => (from.value.trim() === '' || to.value.trim() === '' ? '' : `${from.value.trim()},${to.value.trim()}`);
  const write = (value: string): void => {
    [from.value = '', to.value = ''] = value.split(',');
  };
  const element = make('div', { class: 'pair' }, labelled('From', from), labelled('To', to));
  return { element, read, write, focus: () => from.focus(), refuse: refused(from, to) };
}

function oneChoice(choices: NonNullable<Offer['choices']>): ValueField {
  const list = make('select', { id: 'builder-value', 'aria-describedby': 'builder-error' });
  list.append(...choices.map(({ value, display_name }) => make('option', { value }, display_name)));
  const focus = (): void => list.focus();
  return { element: labelled('Value', list), read: () => list.value, write: (value) => (list.value = value), focus, refuse: focus };
}

function ticks(choices: NonNullable<Offer['choices']>): ValueField {
  const boxes = choices.map(({ value }) => make('input', { type: 'checkbox', value }));
  const lines = boxes.map((box, index) => make('label', { class: 'choice' }, box, ` ${choices[index]?.display_name ?? box.value}`));
  const focus = (): void => boxes[0]?.focus();
  return {
    element: make('fieldset', {}, make('legend', {}, 'Values'), ...lines),
    read: () => boxes.filter(({ checked }) => checked).map(({ value }) => value).join(','),
    write: (value) => {
      const words = value.split(',');
      for (const box of boxes) box.checked = words.includes(box.value);
    },
    focus, refuse: focus,
  };
}

function references(plural: string, many: boolean): ValueField {
  const api = `/api/${plural}/`;
  const combobox = new Combobox({
    api, many, chosen: [], onChange: () => undefined,
    input: { id: 'builder-value', 'aria-describedby': 'builder-error', placeholder: 'Type to search' },
  });
  const label = make('label', { for: 'builder-value' }, many ? 'Values' : 'Value');
  const read = (): string => combobox.chosen.map(({ id }) => id).join(',');
  const write = (value: string): void => {
    const ids = value.split(',').map(Number).filter((id) => Number.isSafeInteger(id));
    combobox.set(ids.map((id) => ({ id, name: `#${id}` })));
    // The address has ids; people read names.
    void namedReferences(api, ids).then((found) => {
      combobox.set(combobox.chosen.map((one) => found.find(({ id }) => id === one.id) ?? one));
    }, () => undefined);
  };
  const focus = (): void => combobox.input.focus();
  return { element: make('div', { class: 'field' }, label, combobox.element), read, write, focus, refuse: focus };
}
