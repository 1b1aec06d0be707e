// <ol class="log" data-follow="/api/…/log/" data-last="7"> shows what a run says as it says it, from
// behind that line on; when the run has ended, the page is loaded anew, with how it went.

import { make } from '../shared/dom';
import { showTime } from './times';

interface Line {
  line: number;
  at: string;
  level: string;
  text: string;
}

export function startFollowing(): void {
  for (const log of document.querySelectorAll<HTMLElement>('ol.log[data-follow]')) follow(log);
}

function follow(log: HTMLElement): void {
  const source = new EventSource(`${log.dataset.follow}?after=${log.dataset.last}`);
  source.addEventListener('line', (event: MessageEvent<string>) => {
    const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 2;
    const line = shown(JSON.parse(event.data) as Line);
    log.append(line);
    for (const time of line.getElementsByTagName('time')) showTime(time);
    log.parentElement?.querySelector('.empty')?.remove();
    // Whoever has scrolled up reads on in peace.
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  });
  source.addEventListener('end', () => {
    source.close();
    location.reload();
  });
  window.addEventListener('pagehide', () => source.close(), { once: true });
}

function shown({ at, level, text }: Line): HTMLElement {
  const time = make('time', { datetime: at });
  return make('li', { 'data-level': level }, time, ' ', make('span', {}, text));
}
