// What the API compares, in words: the server tells it with OPTIONS, since it knows the schema and
// its filters. Loaded when a condition is built, or shown that no filter of the header can say.

import { namedReferences } from '../shared/references';
import { Refusal } from '../shared/http';
import type { Condition } from './conditions';

export interface Comparison {
  /** The parameter of the API: `name__icontains!`. */
  parameter: string;
  label: string;
  takes: 'one' | 'many' | 'two' | 'nothing';
  /** What is sent where it takes nothing. */
  value?: string;
}

/** A field that can be compared, or one of what a field refers to. */
export interface Offer {
  name: string;
  label: string;
  kind: string;
  /** Of references: the list to choose from. */
  target?: string;
  choices?: { value: string; display_name: string }[];
  comparisons: Comparison[];
}

const asked = new Map<string, Promise<Offer[]>>();

/** What the list at `api` compares; asked once. */
export function offersOf(api: string): Promise<Offer[]> {
  const present = asked.get(api);
  if (present) return present;
  const offers = ask(api);
  asked.set(api, offers);
  // What failed is asked again the next time.
  offers.catch(() => asked.delete(api));
  return offers;
}

async function ask(api: string): Promise<Offer[]> {
  const answer = await fetch(api, { method: 'OPTIONS', headers: { Accept: 'application/json' } });
  const body = (await answer.json()) as { filters?: Offer[]; detail?: string };
  if (!answer.ok) throw new Refusal(answer.status, body.detail ?? `The server answered ${answer.status}.`, {});
  return body.filters ?? [];
}

/** What of all that is offered a condition says; null if it is none of these. */
export function meantBy(offers: Offer[], [parameter, value]: Condition): { offer: Offer; comparison: Comparison } | null {
  for (const offer of offers) {
    const comparison = offer.comparisons.find((one) => one.parameter === parameter && (one.value ?? value) === value);
    if (comparison) return { offer, comparison };
  }
  return null;
}

/** A condition in words, with the names of what it refers to by id; null if it is none of these. */
export async function inWords(api: string, condition: Condition): Promise<string | null> {
  const meant = meantBy(await offersOf(api), condition);
  if (!meant) return null;
  const { offer, comparison } = meant;
  if (comparison.takes === 'nothing') return `${offer.label} ${comparison.label}`;
  return `${offer.label} ${comparison.label} ${await valueInWords(offer, comparison, condition[1])}`;
}

async function valueInWords(offer: Offer, { takes }: Comparison, value: string): Promise<string> {
  const parts = takes === 'many' || takes === 'two' ? value.split(',') : [value];
  if (takes === 'two') return parts.join(' and ');
  if (offer.target !== undefined) {
    const ids = parts.map(Number).filter((id) => Number.isSafeInteger(id));
    const found = await namedReferences(`/api/${offer.target}/`, ids).catch(() => []);
    const nameOf = (part: string): string => found.find(({ id }) => String(id) === part)?.name ?? `#${part}`;
    return parts.map((part) => (part === 'null' ? 'none' : nameOf(part))).join(', ');
  }
  return parts.map((part) => offer.choices?.find((choice) => choice.value === part)?.display_name ?? part).join(', ');
}
