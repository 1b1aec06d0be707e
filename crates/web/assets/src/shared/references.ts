// What a reference can point to: asked from the list of its type, by text. Kept for a short while,
// since type-ahead asks the same again and again.

import { openly } from './dom';
import { getJson } from './http';

/** A record as a reference shows it. */
export interface Reference {
  id: number;
  name: string;
}

interface Brief {
  id: number;
  display?: string;
  name?: string;
}

/** As many as one looks at in a list. */
const SHOWN_MAX = 20;

/** Records of the list at `api` in which `text` is found. */
export async function findReferences(api: string, text: string, signal?: AbortSignal): Promise<Reference[]> {
  const asked = new URLSearchParams({ brief: '1', limit: String(SHOWN_MAX), count: 'none' });
  if (text !== '') asked.set('search', text);
  const answer = await getJson<{ results: Brief[] }>(`${api}?${asked}`, signal);
  return answer.results.map(referenceOf);
}

/** The records with these ids, to show the names of what an address says by id. */
export async function namedReferences(api: string, ids: number[]): Promise<Reference[]> {
  if (ids.length === 0) return [];
  const answer = await getJson<{ results: Brief[] }>(`${api}?brief=1&count=none&limit=${ids.length}&id__in=${ids.join(',')}`);
  return answer.results.map(referenceOf);
}

function referenceOf(brief: Brief): Reference {
  return { id: brief.id, name: openly(brief.display ?? brief.name ?? `#${brief.id}`) };
}
