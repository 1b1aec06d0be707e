// Where rows come from: the list of the API, in chunks of one size that are kept, since the
// protocol gives whole pages only and scrolling comes back to the same rows.

import { getJson, Refusal } from '../shared/http';
import type { Row } from './columns';
import type { Condition } from './conditions';
import type { Shown } from './view';

export interface Page {
  rows: Row[];
  /** How many the conditions match, and how many there are at all. */
  filtered: number;
  total: number;
}

interface Answer {
  data: Row[];
  recordsFiltered: number;
  recordsTotal: number;
}

const CHUNK = 100;
/** 5,000 rows: some screens to both sides. */
const CHUNKS_KEPT = 50;

export class Rows {
  private kept = new Map<number, Promise<Answer>>();
  private query = '';
  private start = 0;

  constructor(
    readonly api: string,
    /** Conditions that always hold here. */
    private readonly fixed: Condition[],
  ) {}

  /** Rows `start` to `start + length` of what is shown. Throws what getJson throws. */
  async load(shown: Shown, start: number, length: number): Promise<Page> {
    this.turnTo(shown);
    const first = Math.floor(start / CHUNK);
    const last = Math.floor((start + Math.max(1, length) - 1) / CHUNK);
    const answers = await Promise.all(Array.from({ length: last - first + 1 }, (_, index) => this.chunk(first + index)));
    this.prefetch(start, first, last);
    const rows = answers.flatMap(({ data }) => data).slice(start - first * CHUNK, start - first * CHUNK + length);
    return { rows, filtered: answers[0]?.recordsFiltered ?? 0, total: answers[0]?.recordsTotal ?? 0 };
  }

  /** Whoever scrolls on finds the next rows there already. */
  private prefetch(start: number, first: number, last: number): void {
    const moved = start - this.start;
    this.start = start;
    if (moved === 0 || Math.abs(moved) > CHUNK) return;
    const next = moved > 0 ? last + 1 : first - 1;
    if (next >= 0) this.chunk(next).catch(() => undefined);
  }

  /** Forgets what was asked, so that it is asked again. */
  forget(): void {
    this.kept.clear();
  }

  /** The conditions as a query string, for exports and for acting on all that they match. */
  filterQuery(shown: Shown): URLSearchParams {
    const asked = new URLSearchParams();
    for (const [name, value] of [...this.fixed, ...shown.conditions]) asked.append(name, value);
    if (shown.search !== '') asked.set('search', shown.search);
    return asked;
  }

  private turnTo(shown: Shown): void {
    const asked = this.filterQuery(shown);
    asked.set('format', 'datatables');
    if (shown.ordering.length > 0) asked.set('ordering', shown.ordering.join(','));
    asked.set('fields', ['id', ...shown.columns.filter((name) => name !== 'id')].join(','));
    const query = asked.toString();
    if (query !== this.query) this.kept.clear();
    this.query = query;
  }

  private chunk(index: number): Promise<Answer> {
    const present = this.kept.get(index);
    if (present) return present;
    const asked = this.ask(index);
    this.kept.set(index, asked);
    // What failed is asked again the next time.
    asked.catch(() => this.kept.get(index) === asked && this.kept.delete(index));
    if (this.kept.size > CHUNKS_KEPT) this.kept.delete(this.kept.keys().next().value ?? index);
    return asked;
  }

  private async ask(index: number): Promise<Answer> {
    try {
      return await getJson<Answer>(`${this.api}?${this.query}&draw=1&start=${index * CHUNK}&length=${CHUNK}`);
    } catch (error) {
      // Behind the end, where the last chunk was full or the list became shorter meanwhile.
      if (!(error instanceof Refusal) || error.status !== 404 || index === 0) throw error;
      const { recordsFiltered, recordsTotal } = await this.chunk(0);
      return { data: [], recordsFiltered, recordsTotal };
    }
  }
}
