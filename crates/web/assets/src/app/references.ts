// Reference fields of forms: <input name="dc" data-refs="/api/dcs/" value="iad1" data-ids="3" data-label="iad1">
// becomes a type-ahead. The input stays, hidden, and goes on holding what is sent: one id, or with
// `data-many` several with commas between them (labels then with `|` between them).

import { Combobox } from '../shared/combobox';
import { namedReferences, type Reference } from '../shared/references';

export function startReferences(within: ParentNode = document): void {
  for (const input of within.querySelectorAll<HTMLInputElement>('input[data-refs]')) enhance(input);
}

function enhance(input: HTMLInputElement): void {
  // Without script the field has names; with it, the ids that they stand for.
  if (input.dataset.ids !== undefined) input.value = input.dataset.ids;
  const api = input.dataset.refs ?? '';
  const isRequired = input.required;
  const combobox = new Combobox({
    api,
    many: input.dataset.many !== undefined,
    chosen: chosenOf(input),
    input: {
      id: input.id,
      'aria-describedby': input.getAttribute('aria-describedby'),
      'aria-label': input.getAttribute('aria-label'),
      'aria-invalid': input.getAttribute('aria-invalid'),
      placeholder: input.placeholder || 'Type to find',
    },
    onChange: (chosen) => {
      input.value = chosen.map(({ id }) => id).join(',');
      judge();
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(new Event('change', { bubbles: true }));
    },
  });
  // What is typed and not chosen would be lost silently.
  const judge = (): void => {
    const isLeft = combobox.input.value.trim() !== '';
    const isMissing = isRequired && combobox.chosen.length === 0;
    combobox.input.setCustomValidity(isLeft ? 'Choose one of those found, or clear this field.' : isMissing ? 'Choose one.' : '');
  };
  combobox.input.addEventListener('input', judge);
  // What was typed and names nothing stays to be put right.
  combobox.input.value = input.dataset.rest ?? '';
  judge();
  const wayToNew = input.closest('.field')?.querySelector<HTMLButtonElement>('button[data-new]');
  if (wayToNew) {
    offerNew(wayToNew, combobox, (added) => {
      combobox.add(added);
      judge();
      combobox.input.focus();
    });
  }
  // A draft that is put back writes the ids; their names are asked for.
  input.addEventListener('domesday:restored', () => {
    void namedReferences(api, idsOf(input)).then((found) => {
      combobox.set(found);
      judge();
    });
  });
  input.removeAttribute('id');
  input.required = false;
  input.type = 'hidden';
  input.after(combobox.element);
}

/** Leads to a record that is not there yet, from the button and from below what is found. */
function offerNew(opener: HTMLButtonElement, combobox: Combobox, choose: (added: Reference) => void): void {
  const go = (): void => {
    void import('./add-new').then(({ addNew }) => addNew(opener, combobox.input.value.trim(), choose));
  };
  combobox.offerNew(opener.textContent?.trim() ?? '', go);
  opener.addEventListener('click', (event) => {
    event.preventDefault();
    go();
  });
}

function idsOf(input: HTMLInputElement): number[] {
  return input.value.split(',').map((text) => Number.parseInt(text, 10)).filter((id) => Number.isSafeInteger(id));
}

function chosenOf(input: HTMLInputElement): Reference[] {
  const isMany = input.dataset.many !== undefined;
  const label = input.dataset.label ?? '';
  const labels = isMany ? label.split('|') : [label];
  return idsOf(input).map((id, index) => ({ id, name: labels[index] || `#${id}` }));
}
