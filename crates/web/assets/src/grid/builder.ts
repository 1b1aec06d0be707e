// The dialog in which conditions are put together: a field, a comparison, a value, as the server
// offers them. What comes out are parameters of the API in the address, like those of the filters.
// Opened for a condition that is there, it is filled with that one, and puts another in its place.

import './builder.css';
import { button, make } from '../shared/dom';
import { getJson, Refusal, told } from '../shared/http';
import { toldCondition, type Condition } from './conditions';
import { inWords, meantBy, offersOf, type Comparison, type Offer } from './offers';
import type { Rows } from './rows';
import { valueOf, type ValueField } from './value-field';
import type { View } from './view';

/**
 * Opens the dialog, for more conditions or to change one. Gives that one as it is when the dialog has
 * closed; on the way out, focus goes back to where it was.
 */
export async function openBuilder(rows: Rows, view: View, changed: Condition | null = null): Promise<Condition | null> {
  if (document.querySelector('dialog.builder')) return changed;
  const builder = new Builder(rows, view, changed);
  const closed = builder.open();
  try {
    builder.offer(await offersOf(rows.api));
  } catch (error) {
    builder.tell(told(error));
  }
  return closed;
}

class Builder {
  private readonly dialog = make('dialog', { class: 'builder', 'aria-labelledby': 'builder-title' });
  private readonly list = make('ul', { class: 'conditions', 'aria-label': 'Conditions' });
  private readonly status = make('p', { class: 'meta', role: 'status' });
  private readonly error = make('p', { class: 'error', id: 'builder-error', role: 'alert' });
  private readonly fields = make('select', { id: 'builder-field' });
  private readonly comparisons = make('select', { id: 'builder-comparison' });
  private readonly place = make('div', { class: 'value' });
  private offers: Offer[] = [];
  private value: ValueField | undefined;

  constructor(
    private readonly rows: Rows,
    private readonly view: View,
    /** The condition that is to be changed, if it is about one. */
    private changed: Condition | null,
  ) {
    const [title, send, leave] = changed ? ['Change condition', 'Apply', 'Cancel'] : ['Conditions', 'Add condition', 'Done'];
    const form = make('form', { class: 'form' },
      make('div', { class: 'pair' },
        make('div', { class: 'field' }, make('label', { for: 'builder-field' }, 'Field'), this.fields),
        make('div', { class: 'field' }, make('label', { for: 'builder-comparison' }, 'Comparison'), this.comparisons)),
      this.place, this.error,
      make('div', { class: 'buttons' }, make('button', { class: 'primary' }, send), button(leave, () => this.dialog.close())));
    form.noValidate = true;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send();
    });
    this.fields.addEventListener('change', () => this.showComparisons());
    this.comparisons.addEventListener('change', () => this.compareAnew());
    this.dialog.append(
      make('header', {}, make('h2', { id: 'builder-title' }, title), button('×', () => this.dialog.close(), { 'aria-label': 'Close' })),
      make('div', { class: 'body' }, ...(changed ? [] : this.overview()), form));
    // A click on the backdrop is one on the dialog itself.
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
  }

  /** Shows it, and gives the condition that it is about once it has closed. */
  open(): Promise<Condition | null> {
    document.body.append(this.dialog);
    this.showConditions();
    this.dialog.showModal();
    this.fields.focus();
    return new Promise((resolve) => {
      this.dialog.addEventListener('close', () => {
        this.dialog.remove();
        resolve(this.changed);
      });
    });
  }

  offer(offers: Offer[]): void {
    this.offers = offers.filter(({ comparisons }) => comparisons.length > 0);
    this.fields.replaceChildren(...this.offers.map(({ name, label }) => make('option', { value: name }, label)));
    this.showComparisons();
    if (this.changed) this.fill(this.changed);
  }

  tell(fault: string): void {
    this.error.textContent = fault;
  }

  /** What there is beside the form: the conditions, and what came of adding one. */
  private overview(): HTMLElement[] {
    return [
      make('p', { class: 'meta' }, 'All of them must hold; of several with the same field and comparison, any will do.'),
      this.list, this.status,
    ];
  }

  /** Shows a condition in the form, ready for another value. */
  private fill(condition: Condition): void {
    const meant = meantBy(this.offers, condition);
    if (!meant) return this.tell('This condition is none of those that can be put together here.');
    this.fields.value = meant.offer.name;
    this.showComparisons();
    this.comparisons.selectedIndex = meant.offer.comparisons.indexOf(meant.comparison);
    this.showValue();
    if (meant.comparison.takes === 'nothing') return this.comparisons.focus();
    this.value?.write(condition[1]);
    this.value?.focus();
    if (this.value?.read() !== condition[1]) this.tell(`This field can't show “${condition[1]}”. Give another value.`);
  }

  private get chosen(): { offer: Offer; comparison: Comparison } | null {
    const offer = this.offers.find(({ name }) => name === this.fields.value);
    const comparison = offer?.comparisons[this.comparisons.selectedIndex];
    return offer && comparison ? { offer, comparison } : null;
  }

  private showComparisons(): void {
    const offer = this.offers.find(({ name }) => name === this.fields.value);
    this.comparisons.replaceChildren(...(offer?.comparisons ?? []).map(({ label }) => make('option', {}, label)));
    this.showValue();
  }

  private showValue(): void {
    const { chosen } = this;
    this.tell('');
    this.value = chosen ? valueOf(chosen.offer, chosen.comparison) : undefined;
    this.place.replaceChildren(...(this.value ? [this.value.element] : []));
  }

  /** Another comparison of the same field keeps its value, where it takes as many; not one that nobody chose. */
  private compareAnew(): void {
    const isChosen = this.changed !== null || !this.chosen?.offer.choices;
    const before = isChosen ? (this.value?.read() ?? '') : '';
    this.showValue();
    const takes = this.chosen?.comparison.takes;
    if (before !== '' && (takes === 'many' || (takes === 'one' && !before.includes(',')))) this.value?.write(before);
  }

  private showConditions(): void {
    const { conditions } = this.view.shown;
    this.list.replaceChildren(...conditions.map((condition) => this.itemOf(condition)));
    this.list.hidden = conditions.length === 0;
  }

  private itemOf(condition: Condition): HTMLElement {
    const words = make('bdi', {}, toldCondition(condition));
    const remove = button('Remove', () => this.remove(condition), { class: 'link', 'aria-label': `Remove ${toldCondition(condition)}` });
    void inWords(this.rows.api, condition).then((text) => {
      if (text === null) return;
      words.textContent = text;
      remove.setAttribute('aria-label', `Remove ${text}`);
    }, () => undefined);
    return make('li', {}, words, ' ', remove);
  }

  private remove(condition: Condition): void {
    this.view.replaceCondition(condition, null);
    this.showConditions();
    this.status.textContent = 'Removed.';
    (this.list.querySelector('button') ?? this.fields).focus();
  }

  private async send(): Promise<void> {
    const { chosen, value } = this;
    if (!chosen || !value) return;
    const text = chosen.comparison.value ?? value.read();
    if (text === '') {
      this.tell('Give a value.');
      value.refuse();
      return;
    }
    const condition: Condition = [chosen.comparison.parameter, text];
    try {
      const count = await this.countWith(condition);
      this.view.replaceCondition(this.changed, condition);
      if (this.changed) {
        this.changed = condition;
        return this.dialog.close();
      }
      this.showConditions();
      this.status.textContent = `Added. ${count.toLocaleString('en')} match now.`;
      this.showValue();
      this.fields.focus();
    } catch (error) {
      const faults = error instanceof Refusal ? error.errors[condition[0]] : undefined;
      this.tell(faults ? faults.join(' ') : told(error));
      value.refuse();
    }
  }

  /** How many would match with this condition; the API says what is wrong with it. */
  private async countWith(condition: Condition): Promise<number> {
    const conditions = this.view.conditionsWith(this.changed, condition);
    const query = this.rows.filterQuery({ ...this.view.shown, conditions });
    query.set('limit', '1');
    return (await getJson<{ count: number }>(`${this.rows.api}?${query}`)).count;
  }
}
