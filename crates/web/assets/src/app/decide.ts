// Decisions that one gives a reason for: the button, or its key, leads to the comment while that is
// empty, and Ctrl+Enter there sends what one had begun.

export function startDeciding(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-needs]')) {
    const comment = document.getElementById(button.dataset.needs ?? '');
    if (comment instanceof HTMLTextAreaElement) ask(button, comment);
  }
}

/** What the comment is written for. */
let begun: HTMLButtonElement | null = null;

function ask(button: HTMLButtonElement, comment: HTMLTextAreaElement): void {
  button.addEventListener('click', (event) => {
    if (comment.value.trim() !== '') return;
    event.preventDefault();
    begun = button;
    // Shown, and no fault of the form: something else can still be decided.
    tell(comment, `${button.textContent?.trim() ?? ''}: say why. Ctrl+Enter sends it.`);
    comment.focus();
  });
  comment.addEventListener('input', () => tell(comment, ''));
  comment.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || begun !== button) return;
    event.preventDefault();
    button.click();
  });
}

function tell(comment: HTMLTextAreaElement, text: string): void {
  const place = comment.closest('.field')?.querySelector('.error');
  if (place) place.textContent = text;
}
