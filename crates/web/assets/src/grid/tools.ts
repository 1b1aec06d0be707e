// The bar above the rows: search, how many were found, conditions that no filter shows, menus.

import { button, later, make } from '../shared/dom';
import { toldCondition, type Condition } from './conditions';
import type { Page } from './rows';
import type { View } from './view';

const SEARCH_AFTER_MS = 250;

export class Tools {
  readonly element = make('div', { class: 'tools' });
  private readonly search = make('input', { type: 'search', 'aria-label': 'Search in this table', placeholder: 'Search in this table' });
  private readonly found = make('span', { class: 'found', role: 'status' });
  private readonly clear: HTMLButtonElement;
  private readonly chips = make('div', { class: 'chips' });
  /** What opens each condition that is a chip. */
  private readonly openers = new Map<Condition, HTMLElement>();
  private readonly error = make('div', { class: 'notice bad', role: 'alert', hidden: true });

  constructor(
    private readonly view: View,
    private readonly api: string,
    private readonly onOpen: (condition: Condition) => void,
    menus: HTMLElement[],
  ) {
    this.clear = button('Clear filters', () => this.view.change({ search: '', conditions: [], row: 0 }), { class: 'link', hidden: true });
    const searchSoon = later(() => this.view.change({ search: this.search.value.trim(), row: 0 }), SEARCH_AFTER_MS);
    this.search.addEventListener('input', searchSoon);
    this.search.value = view.shown.search;
    this.element.append(this.search, this.found, this.clear, make('span', { class: 'space' }), ...menus, this.chips);
  }

  /** What is told when something cannot be shown; stands between tools and rows. */
  get errorElement(): HTMLElement {
    return this.error;
  }

  showCount({ filtered, total }: Page): void {
    const number = (count: number): string => count.toLocaleString('en');
    // The heading of the page says how many there are in all.
    this.found.replaceChildren(...(filtered === total ? [] : [make('b', {}, number(filtered)), ` of ${number(total)}`]));
  }

  /** Brings search, chips and the clearing button to what the view says. */
  showConditions(others: Condition[]): void {
    const { search, conditions } = this.view.shown;
    if (document.activeElement !== this.search) this.search.value = search;
    this.clear.hidden = search === '' && conditions.length === 0;
    this.openers.clear();
    this.chips.replaceChildren(...others.map((condition) => this.chipOf(condition)));
  }

  /** Goes to the chip of a condition, if it is one. */
  focusOn(condition: Condition): boolean {
    const opener = this.openers.get(condition);
    opener?.focus();
    return opener !== undefined;
  }

  showError(sentence: string | null): void {
    this.error.hidden = sentence === null;
    this.error.textContent = sentence ?? '';
  }

  private chipOf(condition: Condition): HTMLElement {
    const told = toldCondition(condition);
    const remove = button('×', () => this.view.replaceCondition(condition, null), { 'aria-label': `Remove ${told}` });
    const words = make('bdi', {}, told);
    const open = button('', () => this.onOpen(condition), { class: 'words', 'aria-haspopup': 'dialog', 'aria-label': `Change ${told}` });
    open.append(words);
    this.openers.set(condition, open);
    // In the words of the schema, as soon as the server has said them.
    void import('./offers').then(({ inWords }) => inWords(this.api, condition)).then((text) => {
      // What can't be put together here was written into the address, and is changed there.
      if (text === null) {
        this.openers.delete(condition);
        return open.replaceWith(words);
      }
      words.textContent = text;
      open.setAttribute('aria-label', `Change ${text}`);
      remove.setAttribute('aria-label', `Remove ${text}`);
    }, () => undefined);
    return make('span', { class: 'chip' }, open, remove);
  }
}

/** A menu of the bar: a <details> as everywhere. */
export function menuOf(label: string, items: HTMLElement[]): HTMLDetailsElement {
  return make('details', { class: 'menu end' }, make('summary', {}, label), make('ul', {}, ...items.map((item) => make('li', {}, item))));
}
