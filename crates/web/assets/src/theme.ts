// Puts the chosen theme and density on <html> before anything is painted. A classic script in
// <head>, without imports, so that it runs at once; everything else is app.ts's.
//
// What this browser chose goes before what the server wrote.
{
  const root = document.documentElement;
  root.classList.add('js');
  try {
    for (const name of ['theme', 'density']) {
      const chosen = localStorage.getItem(`domesday.${name}`);
      if (chosen !== null) root.dataset[name] = chosen === 'system' ? '' : chosen;
    }
  } catch {
    // Storage is closed to this page: what the server wrote stays.
  }
}
