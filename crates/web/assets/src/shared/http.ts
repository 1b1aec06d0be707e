// Asking the API, and what it answers when it refuses (docs/rest.md, "Errors").

/** An answer that is no 2xx: `detail` for people, `errors` by field or parameter. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly errors: Record<string, string[]>,
    readonly codes: Record<string, string[]> = {},
  ) {
    super(detail);
  }
}

/** The JSON at an address of ours. Throws a Refusal, or a TypeError when nothing answers. */
export async function getJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  return read<T>(await fetch(address, { headers: { Accept: 'application/json' }, signal: signal ?? null }));
}

export async function postJson<T>(address: string, body: unknown, csrf: string | null, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Content-Type': 'application/json' };
  if (csrf) headers['X-CSRF-Token'] = csrf;
  return read<T>(await fetch(address, { method: 'POST', headers, body: JSON.stringify(body), signal: signal ?? null }));
}

/** Goes on even where the page is left meanwhile. */
export async function patchJson<T>(address: string, body: unknown, csrf: string | null): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Content-Type': 'application/json' };
  if (csrf) headers['X-CSRF-Token'] = csrf;
  return read<T>(await fetch(address, { method: 'PATCH', headers, body: JSON.stringify(body), keepalive: true }));
}

async function read<T>(answer: Response): Promise<T> {
  const body: unknown = await answer.json().catch(() => null);
  if (answer.ok) return body as T;
  const problem = (body ?? {}) as Partial<Refusal>;
  throw new Refusal(
    answer.status,
    problem.detail ?? `The server answered ${answer.status}.`,
    problem.errors ?? {},
    problem.codes ?? {},
  );
}

/** Whether a request was taken back by ourselves. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** One sentence for people about anything that went wrong while asking. */
export function told(error: unknown): string {
  if (error instanceof Refusal) {
    const texts = Object.entries(error.errors).map(([name, lines]) => `${name}: ${lines.join(' ')}`);
    return texts.length > 0 ? texts.join(' ') : error.detail;
  }
  return 'The server does not answer. Try again in a moment.';
}
