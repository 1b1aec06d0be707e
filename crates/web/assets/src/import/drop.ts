// A file that is dropped on the form, or pasted into the page, is as if it had been chosen.

export function startDropping(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type="file"]');
  const field = input?.closest<HTMLElement>('.drop');
  if (!input || !field) return;
  const hasFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  form.addEventListener('dragover', (event) => {
    if (!hasFile(event)) return;
    event.preventDefault();
    field.classList.add('over');
  });
  form.addEventListener('dragleave', (event) => {
    if (!form.contains(event.relatedTarget as Node | null)) field.classList.remove('over');
  });
  form.addEventListener('drop', (event) => {
    field.classList.remove('over');
    if (!hasFile(event)) return;
    event.preventDefault();
    take(input, event.dataTransfer?.files);
  });
  form.addEventListener('paste', (event) => {
    const files = event.clipboardData?.files;
    if (!files || files.length === 0) return;
    event.preventDefault();
    take(input, files);
  });
}

function take(input: HTMLInputElement, files: FileList | undefined): void {
  if (!files || files.length === 0) return;
  const one = new DataTransfer();
  const [first] = files;
  if (first) one.items.add(first);
  input.files = one.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}
