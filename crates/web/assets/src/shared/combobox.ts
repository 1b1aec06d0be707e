// A type-ahead for references, after the WAI-ARIA combobox pattern: an input, a list that opens
// below it, chips for what is chosen. Focus stays in the input; the list is pointed at by
// aria-activedescendant.

import { isAborted } from './http';
import { later, make } from './dom';
import { findReferences, type Reference } from './references';

export interface ComboboxOptions {
  /** The list of the type, `/api/dcs/`. */
  api: string;
  many: boolean;
  chosen: Reference[];
  /** Attributes of the input: id, aria-label, aria-describedby, placeholder. */
  input: Record<string, string | null>;
  onChange: (chosen: Reference[]) => void;
  /** The way to a record that is not there yet: what it is called, and what leads there. */
  addNew?: { label: string; go: () => void };
}

const ASK_AFTER_MS = 120;
let made = 0;

export class Combobox {
  readonly element = make('div', { class: 'combo' });
  readonly input: HTMLInputElement;
  private readonly box = make('div', { class: 'box' });
  private readonly list: HTMLUListElement;
  private found: Reference[] = [];
  private active = -1;
  private asking: AbortController | undefined;
  private readonly askSoon = later(() => void this.ask(), ASK_AFTER_MS);

  constructor(private readonly options: ComboboxOptions) {
    made += 1;
    const listId = `options-${made}`;
    this.list = make('ul', { class: 'options', role: 'listbox', id: listId, hidden: true, 'aria-label': 'Found' });
    this.input = make('input', {
      type: 'text', role: 'combobox', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
      'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': listId, ...options.input,
    });
    this.box.append(this.input);
    this.element.append(this.box, this.list);
    this.listen();
    this.showChosen();
  }

  /** Offers the way to a record that is not there yet, below what is found. */
  offerNew(label: string, go: () => void): void {
    this.options.addNew = { label, go };
  }

  get chosen(): Reference[] {
    return this.options.chosen;
  }

  /** Shows other values, without telling that they changed. */
  set(chosen: Reference[]): void {
    this.options.chosen = chosen;
    this.input.value = '';
    this.showChosen();
  }

  /** Chooses a record, in the place of another where there can be but one. */
  add(reference: Reference): void {
    this.change(this.options.many ? [...this.chosen, reference] : [reference]);
  }

  private listen(): void {
    this.input.addEventListener('input', () => this.askSoon());
    this.input.addEventListener('keydown', (event) => this.onKey(event));
    this.input.addEventListener('click', () => this.list.hidden && void this.ask());
    this.input.addEventListener('blur', () => this.close());
    this.box.addEventListener('click', (event) => event.target === this.box && this.input.focus());
    // Before blur, so that a click on an option does not close the list first.
    this.list.addEventListener('mousedown', (event) => {
      event.preventDefault();
      const option = event.target instanceof Element ? event.target.closest('[role="option"]') : null;
      if (option && this.choices().includes(option)) this.choose(this.choices().indexOf(option));
    });
  }

  private onKey(event: KeyboardEvent): void {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      event.preventDefault();
      if (this.list.hidden) void this.ask();
      else this.point(this.active + (key === 'ArrowDown' ? 1 : -1));
    } else if (key === 'Enter' && !this.list.hidden && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (key === 'Escape' && !this.list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (key === 'Backspace' && this.input.value === '' && this.chosen.length > 0) {
      this.change(this.chosen.slice(0, -1));
    }
  }

  private async ask(): Promise<void> {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const all = await findReferences(this.options.api, this.input.value.trim(), this.asking.signal);
      this.found = all.filter(({ id }) => !this.chosen.some((one) => one.id === id));
      this.showFound(this.found.length > 0 ? null : 'Nothing found');
    } catch (error) {
      if (isAborted(error)) return;
      this.found = [];
      this.showFound('The server does not answer');
    }
  }

  private showFound(word: string | null): void {
    if (document.activeElement !== this.input) return;
    this.list.replaceChildren(
      ...this.found.map(({ name }, index) => make('li', { role: 'option', id: `${this.list.id}-${index}`, 'aria-selected': 'false' }, make('bdi', {}, name))),
    );
    if (word) this.list.append(make('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' }, word));
    if (this.hasNew()) {
      this.list.append(
        make('li', { role: 'option', class: 'new', id: `${this.list.id}-new`, 'aria-selected': 'false' }, `${this.options.addNew?.label ?? ''}: `, make('bdi', {}, this.input.value.trim())),
      );
    }
    this.list.hidden = false;
    this.place();
    this.input.setAttribute('aria-expanded', 'true');
    this.active = -1;
    // Whoever typed something gets the best match with Enter at once.
    this.point(this.input.value === '' || this.found.length === 0 ? -1 : 0);
  }

  /** Within a scroller that would cut it off, the list stands over the page instead. */
  private place(): void {
    if (!this.element.closest('.frame, dialog')) return;
    const { left, bottom } = this.element.getBoundingClientRect();
    this.list.style.position = 'fixed';
    this.list.style.minWidth = '12rem';
    this.list.style.top = `${bottom}px`;
    this.list.style.left = `${Math.max(8, Math.min(left, window.innerWidth - this.list.offsetWidth - 8))}px`;
  }

  /** Whether what is typed can be added, where nothing found is called just so. */
  private hasNew(): boolean {
    const typed = this.input.value.trim();
    return this.options.addNew !== undefined && typed !== '' && !this.found.some(({ name }) => name === typed);
  }

  /** What can be chosen: what is found, and the way to what is not there yet. */
  private choices(): Element[] {
    return [...this.list.querySelectorAll(':scope > [role="option"]:not([aria-disabled])')];
  }

  private point(index: number): void {
    const choices = this.choices();
    const count = choices.length;
    choices[this.active]?.setAttribute('aria-selected', 'false');
    this.active = count === 0 || index < -1 ? count - 1 : index >= count ? 0 : index;
    const option = choices[this.active];
    if (option) {
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      this.input.setAttribute('aria-activedescendant', option.id);
    } else {
      this.input.removeAttribute('aria-activedescendant');
    }
  }

  private choose(index: number): void {
    const reference = this.found[index];
    if (!reference) {
      this.close();
      if (index === this.found.length) this.options.addNew?.go();
      return;
    }
    this.add(reference);
    this.close();
  }

  private change(chosen: Reference[]): void {
    this.set(chosen);
    this.options.onChange(chosen);
  }

  private close(): void {
    this.asking?.abort();
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
    this.active = -1;
  }

  private showChosen(): void {
    for (const chip of this.box.querySelectorAll('.chip')) chip.remove();
    this.input.before(...this.chosen.map((reference) => this.chip(reference)));
    const { placeholder } = this.options.input;
    this.input.placeholder = this.chosen.length === 0 ? (placeholder ?? '') : '';
  }

  private chip(reference: Reference): HTMLElement {
    const remove = make('button', { type: 'button', 'aria-label': `Remove ${reference.name}` }, '×');
    remove.addEventListener('click', () => {
      this.change(this.chosen.filter(({ id }) => id !== reference.id));
      this.input.focus();
    });
    return make('span', { class: 'chip' }, make('bdi', {}, reference.name), remove);
  }
}
