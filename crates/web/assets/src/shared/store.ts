// What this browser remembers. Storage may be closed or full; then nothing is remembered.

const PREFIX = 'domesday.';

/** What was remembered under this name, or null. */
export function recall(name: string, storage: 'local' | 'session' = 'local'): string | null {
  try {
    return place(storage).getItem(PREFIX + name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string | null, storage: 'local' | 'session' = 'local'): void {
  try {
    if (value === null) place(storage).removeItem(PREFIX + name);
    else place(storage).setItem(PREFIX + name, value);
  } catch {
    // Not remembered, and nothing depends on it.
  }
}

/** The names under which something is remembered for this tab, those that begin with `start`. */
export function remembered(start: string): string[] {
  try {
    return Object.keys(sessionStorage)
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length));
  } catch {
    return [];
  }
}

function place(storage: 'local' | 'session'): Storage {
  return storage === 'local' ? localStorage : sessionStorage;
}
