// A bar in the place of a form's buttons while it is sent and worked on.

import { make } from '../shared/dom';
import type { Step } from './send';

const WORDS = {
  sending: 'Sending the file',
  reading: 'Reading rows',
  checking: 'Checking rows against the register',
  writing: 'Writing rows',
} as const;

export class Going {
  private readonly bar = make('progress', { 'aria-labelledby': 'import-going' });
  private readonly words = make('p', { id: 'import-going', role: 'status' });
  private readonly counts = make('p', { class: 'meta' });
  private readonly element = make('div', { class: 'going' });
  private readonly buttons: HTMLElement | null;
  private phase = '';

  constructor(form: HTMLFormElement) {
    this.buttons = form.querySelector<HTMLElement>('.buttons');
    this.element.append(this.words, this.bar, this.counts);
    this.buttons?.setAttribute('hidden', '');
    form.append(this.element);
    this.element.scrollIntoView({ block: 'nearest' });
    this.show({ phase: 'sending', done: 0, total: 0 });
  }

  show({ phase, done, total }: Step): void {
    // Told once for each phase: whoever listens hears no numbers run.
    if (phase !== this.phase) {
      this.phase = phase;
      this.words.textContent = `${WORDS[phase]} …`;
    }
    if (total > 0 && done < total) {
      this.bar.max = total;
      this.bar.value = done;
    } else {
      this.bar.removeAttribute('value');
    }
    const [of, unit] = phase === 'sending' ? [1024, ' KB'] : [1, ' rows'];
    const number = (count: number): string => Math.ceil(count / of).toLocaleString('en');
    this.counts.textContent = total > 0 ? `${number(done)} of ${number(total)}${unit}` : '';
  }

  end(): void {
    this.element.remove();
    this.buttons?.removeAttribute('hidden');
  }
}
