// Sending a form and hearing how far it is. `fetch` does not tell how much of a body has been sent,
// so this is an XMLHttpRequest.

export interface Step {
  phase: 'sending' | 'reading' | 'checking' | 'writing';
  done: number;
  total: number;
}

/** What came of it: where to go, a page, or why there is neither. */
export type Answer = { to: string } | { page: string } | { error: string };

export function sendForm(address: string, body: FormData, told: (step: Step) => void): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let last: Answer | null = null;
    let read = 0;
    const readLines = (): void => {
      const text = request.responseText;
      for (let end = text.indexOf('\n', read); end >= 0; end = text.indexOf('\n', read)) {
        const line = JSON.parse(text.slice(read, end)) as Partial<Step> | Answer;
        read = end + 1;
        if ('phase' in line) told(line as Step);
        else if ('to' in line || 'page' in line || 'error' in line) last = line as Answer;
      }
    };
    request.open('POST', address);
    request.setRequestHeader('Accept', 'application/jsonl');
    request.upload.addEventListener('progress', ({ loaded, total }) => told({ phase: 'sending', done: loaded, total }));
    request.addEventListener('progress', () => {
      if (request.status === 200) readLines();
    });
    request.addEventListener('load', () => {
      if (request.status !== 200) {
        resolve({ error: problem(request.responseText, request.status) });
        return;
      }
      readLines();
      if (last) resolve(last);
      else reject(new Error('the answer has no end'));
    });
    request.addEventListener('error', () => reject(new Error('nothing answers')));
    request.send(body);
  });
}

/** What a refusal says (docs/rest.md, "Errors"). */
function problem(text: string, status: number): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: string };
    if (detail) return detail;
  } catch {
    // Somebody between us and the register has answered.
  }
  return `The server answered ${status}.`;
}
