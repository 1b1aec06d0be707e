// The row of filters under the header: one for each column that can be asked for. What is typed is
// turned into conditions of the API by conditions.ts; the view keeps them.

import { Combobox } from '../shared/combobox';
import { later, make } from '../shared/dom';
import { namedReferences } from '../shared/references';
import { isAddress, isMoment, isNumber, isReference, type Column } from './columns';
import { conditionOf, typedFor, type Condition } from './conditions';
import type { View } from './view';

const APPLY_AFTER_MS = 250;

/** One filter: its element, and how it is told of a condition that was set elsewhere. */
interface Filter {
  element: HTMLElement;
  show: (typed: string) => void;
  focusable: HTMLElement;
}

export class Filters {
  private readonly filters = new Map<string, Filter>();

  constructor(
    private readonly columns: Column[],
    private readonly view: View,
  ) {}

  /** Writes the row into the header, before DataTables reads it. */
  writeRow(head: HTMLTableSectionElement): void {
    // DataTables is not to order by these cells.
    const line = make('tr', { class: 'filters', 'data-dt-order': 'disable' }, make('td', { class: 'pick' }));
    for (const column of this.columns) {
      const cell = make('td', { 'data-name': column.name });
      if (column.kind !== 'json') {
        const filter = this.filterOf(column);
        this.filters.set(column.name, filter);
        cell.append(filter.element);
      }
      line.append(cell);
    }
    head.append(line);
    this.showConditions();
  }

  /** Conditions that no filter shows: the tools show them as chips. */
  get others(): Condition[] {
    const shown = this.columns.filter(({ name }) => this.view.shown.columns.includes(name));
    const seen = new Set(shown.map((column) => this.conditionFor(column)));
    return this.view.shown.conditions.filter((condition) => !seen.has(condition));
  }

  /** Brings the filters to what the view says, save for the one that is typed into. */
  showConditions(): void {
    for (const column of this.columns) {
      const filter = this.filters.get(column.name);
      if (!filter || filter.focusable === document.activeElement) continue;
      const condition = this.conditionFor(column);
      filter.show(condition ? (typedFor(column, condition) ?? '') : '');
    }
  }

  /** Marks the filters that the API refused, by the names of its errors. */
  showFaults(parameters: string[]): void {
    for (const column of this.columns) {
      const isFaulty = parameters.some((name) => name === column.name || name.startsWith(`${column.name}__`));
      const control = this.filters.get(column.name)?.focusable;
      if (isFaulty) control?.setAttribute('aria-invalid', 'true');
      else control?.removeAttribute('aria-invalid');
    }
  }

  /** Goes to the filter that shows a condition, if one does. */
  focusOn(condition: Condition): boolean {
    const column = this.columns.find((one) => this.view.shown.columns.includes(one.name) && this.conditionFor(one) === condition);
    const filter = column && this.filters.get(column.name);
    filter?.focusable.focus();
    return filter !== undefined;
  }

  private conditionFor(column: Column): Condition | null {
    const said = this.view.shown.conditions.filter((condition) => typedFor(column, condition) !== null);
    // One filter says one thing: of several, each is a chip.
    return said.length === 1 ? (said[0] ?? null) : null;
  }

  private apply(column: Column, typed: string): void {
    this.view.replaceCondition(this.conditionFor(column), conditionOf(column, typed));
  }

  private filterOf(column: Column): Filter {
    const label = `Filter by ${column.title}`;
    if (isReference(column) && column.of !== null) return this.referenceFilter(column, column.of, label);
    if (column.kind === 'choice') return this.choiceFilter(column, label, column.choices.map((word) => [word, word]));
    if (column.kind === 'boolean') return this.choiceFilter(column, label, [['true', 'yes'], ['false', 'no']]);
    return this.textFilter(column, label);
  }

  private textFilter(column: Column, label: string): Filter {
    const input = make('input', { type: 'text', 'aria-label': label, placeholder: placeholderOf(column), title: hintOf(column), autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' });
    const applySoon = later(() => this.apply(column, input.value), APPLY_AFTER_MS);
    input.addEventListener('input', applySoon);
    input.addEventListener('change', () => this.apply(column, input.value));
    return { element: input, focusable: input, show: (typed) => (input.value = typed) };
  }

  private choiceFilter(column: Column, label: string, choices: [value: string, word: string][]): Filter {
    const select = make('select', { 'aria-label': label }, make('option', { value: '' }, ''));
    for (const [value, word] of choices) select.append(make('option', { value }, word));
    select.addEventListener('change', () => this.apply(column, select.value));
    const show = (typed: string): void => {
      // A link may ask for a word that is no choice, or no longer one.
      if (typed !== '' && ![...select.options].some(({ value }) => value === typed)) select.append(make('option', { value: typed }, typed));
      select.value = typed;
    };
    return { element: select, focusable: select, show };
  }

  private referenceFilter(column: Column, plural: string, label: string): Filter {
    const api = `/api/${plural}/`;
    const combobox = new Combobox({
      api,
      many: false,
      chosen: [],
      input: { 'aria-label': label },
      onChange: (chosen) => this.apply(column, chosen[0] ? String(chosen[0].id) : ''),
    });
    // What was typed and not chosen filters nothing, and is not to look as if it did.
    combobox.input.addEventListener('blur', () => (combobox.input.value = ''));
    const show = (typed: string): void => {
      const id = Number.parseInt(typed, 10);
      if (String(combobox.chosen[0]?.id ?? '') === typed) return;
      combobox.set(typed === '' ? [] : [{ id, name: typed === 'null' ? 'none' : `#${typed}` }]);
      // The address has ids; people read names.
      if (Number.isSafeInteger(id)) void namedReferences(api, [id]).then((found) => found[0] && combobox.chosen[0]?.id === id && combobox.set(found), () => undefined);
    };
    return { element: combobox.element, focusable: combobox.input, show };
  }
}

function placeholderOf(column: Column): string {
  if (isAddress(column)) return '10.0.0.0/8';
  if (isNumber(column)) return '> 5';
  return isMoment(column) ? '> 2026-01-31' : '';
}

function hintOf(column: Column): string {
  if (isAddress(column)) return 'A part of an address, or a network: 10.0.0.0/8';
  if (isNumber(column)) return '5, >5, <=5, 5..10, !5';
  if (isMoment(column)) return '2026-01-31, >2026-01-31, 2026-01-01..2026-01-31';
  return 'Contains this text; =text for exactly, !text for all but';
}
