// A fleet whose every text is an attack: whatever a record, a person or a request says is shown as
// text, by the server and by scripts alike. Last, since other tests count the records.

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

const ATTACKS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-' {{7*7}} ${7*7}",
  '</title></textarea><svg onload=alert(1)>',
  'javascript:alert(1)',
  '=HYPERLINK("http://evil.example","x")',
  '\u202Etxt.exe\u202D @SUM(1+1)',
];

/** Writes to the API as whoever is signed in. */
async function write(page, method, path, data) {
  const csrf = (await (await page.request.get('/api/-/me/')).json()).csrf_token;
  const answer = await page.request.fetch(path, { method, data, headers: { 'x-csrf-token': csrf } });
  expect(answer.ok(), `${method} ${path}: ${await answer.text()}`).toBe(true);
  return answer.status() === 204 ? null : answer.json();
}

test('whatever the register holds is shown as text', async ({ page, complaints }) => {
  test.setTimeout(240_000);
  await signIn(page, 'ada');
  const first = (await (await page.request.get('/api/servers/?limit=1')).json()).results[0];
  const ids = [];
  for (const [place, attack] of ATTACKS.entries()) {
    const text = { name: attack, description: attack };
    for (const plural of ['components', 'dcs', 'environments', 'types', 'tags', 'groups']) {
      await write(page, 'POST', `/api/${plural}/`, text);
    }
    const server = {
      ...text, ip: `10.66.6.${place}`, component: attack, dc: attack, environment: attack, type: attack,
      group: attack, tags: [attack], state: 'active',
    };
    ids.push((await write(page, 'POST', '/api/servers/?bypass=1&reason=attack', server)).id);
    const url = `https://evil.example/${encodeURIComponent(attack)}`;
    await write(page, 'POST', '/api/uris/?bypass=1&reason=attack', { ...text, url, server: [ids.at(-1)] });
  }
  const about = `/api/servers/${first.id}/?review=1&reason=${encodeURIComponent(ATTACKS[0])}`;
  const { number } = await write(page, 'PATCH', about, { description: ATTACKS[1], tags: ATTACKS });
  await write(page, 'POST', `/api/-/change-requests/${number}/comment/`, { comment: ATTACKS.join('\n') });

  const names = encodeURIComponent(ATTACKS[0]);
  const pages = [
    '/', '/servers/?ordering=-id', `/servers/?search=${names}`, `/servers/?dc__name=${names}`, '/dcs/', '/tags/', '/uris/',
    ...ids.map((id) => `/servers/${id}/`), `/servers/${ids[0]}/edit/`, `/servers/${ids[1]}/delete/`,
    `/servers/${ids[2]}/compare/`, `/servers/add/?name=${names}&description=${names}`, '/-/history/', '/-/audit/',
    '/-/search/?q=alert', `/-/search/?q=${names}`, '/-/change-requests/', `/-/change-requests/${number}/`,
    `/api/servers/?search=${names}`, `/api/servers/${ids[0]}/`, '/-/system/', `/-/users/${names}/`, `/${names}/`,
  ];
  for (const path of pages) {
    await page.goto(path);
    await page.waitForLoadState('networkidle');
    const found = await page.evaluate(() => ({
      scripts: [...document.scripts].filter(({ src }) => !src.startsWith(`${location.origin}/-/assets/`)).length,
      images: document.querySelectorAll('img, svg[onload], iframe, object, embed').length,
      handlers: [...document.querySelectorAll('*')].filter((element) =>
        element.getAttributeNames().some((name) => name.startsWith('on'))).length,
      addresses: [...document.querySelectorAll('a[href], form[action]')].filter((element) =>
        /^\s*(javascript|data|vbscript):/i.test(element.getAttribute('href') ?? element.getAttribute('action'))).length,
    }));
    expect(found, path).toEqual({ scripts: 0, images: 0, handlers: 0, addresses: 0 });
  }
  // A file of them opens in a spreadsheet without anything being worked out, and comes back as it was.
  const file = await (await page.request.get('/api/tags.csv?fields=name')).text();
  expect(file).toContain(`"'=HYPERLINK(""http://evil.example"",""x"")"`);
  expect(file).not.toMatch(/^"?[=+@-]/m);
  // That two of them are not there is what the browser tells, too.
  complaints.splice(0, complaints.length, ...complaints.filter((told) => !told.includes('404')));
  await page.goto('/servers/?ordering=-id');
  await expect(page.locator('#grid.ready').getByText(ATTACKS[0]).first()).toBeVisible();
});
