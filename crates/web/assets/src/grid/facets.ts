// Facets: how many records each value of a choice or reference has among those that match. Asked
// with `facets=dc,state` for the columns in `data-facets`; where the server answers 400, nothing is
// shown.

import { button, make } from '../shared/dom';
import { getJson, Refusal } from '../shared/http';
import type { Column } from './columns';
import type { Rows } from './rows';
import type { View } from './view';

/** A value of a facet: what a condition says, what people read, how many. */
interface Facet {
  value: string | number | null;
  label?: string;
  count: number;
}

interface Answer {
  facets?: Record<string, Facet[]>;
}

/** As many columns and values as one takes in at a glance. */
const COLUMNS_MAX = 4;
const VALUES_MAX = 8;

export class Facets {
  readonly element = make('div', { class: 'facets' });
  private readonly faceted: Column[];
  private isThere = true;
  private asked = '';

  constructor(
    names: string,
    columns: Column[],
    private readonly rows: Rows,
    private readonly view: View,
  ) {
    const wanted = names.split(',');
    this.faceted = columns.filter(({ name }) => wanted.includes(name)).slice(0, COLUMNS_MAX);
    this.element.hidden = this.faceted.length === 0;
  }

  /** Asks anew if the conditions are others than before. */
  async refresh(): Promise<void> {
    if (!this.isThere || this.faceted.length === 0) return;
    const query = this.rows.filterQuery(this.view.shown);
    query.set('facets', this.faceted.map(({ name }) => name).join(','));
    query.set('limit', '1');
    const asked = query.toString();
    if (asked === this.asked) return;
    this.asked = asked;
    try {
      const answer = await getJson<Answer>(`${this.rows.api}?${asked}`);
      if (asked === this.asked) this.show(answer.facets ?? {});
    } catch (error) {
      // Not on this server, or not for these conditions; the rows say what is wrong with those.
      if (error instanceof Refusal && error.errors.facets !== undefined) this.isThere = false;
      this.element.hidden = !this.isThere;
      this.element.replaceChildren();
    }
  }

  private show(facets: Record<string, Facet[]>): void {
    const groups = this.faceted.flatMap((column) => {
      const values = facets[column.name];
      return values === undefined || values.length === 0 ? [] : [this.groupOf(column, values.slice(0, VALUES_MAX))];
    });
    this.element.replaceChildren(...groups);
  }

  private groupOf(column: Column, values: Facet[]): HTMLElement {
    return make('fieldset', {}, make('legend', {}, column.title), ...values.map((facet) => this.buttonOf(column, facet)));
  }

  private buttonOf(column: Column, { value, label, count }: Facet): HTMLElement {
    const said = String(value);
    const before = this.view.shown.conditions.find(([name]) => name === column.name) ?? null;
    const isPressed = before?.[1] === said;
    const element = button(label ?? said, () => this.view.replaceCondition(before, isPressed ? null : [column.name, said]), { 'aria-pressed': String(isPressed) });
    element.append(' ', make('span', {}, count.toLocaleString('en')));
    return element;
  }
}
