// The team's site: its pages and scripts on the register's own origin, where the register answers
// everything else for real. A page that complains, or reaches for another host, fails its test.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { test as base, expect } from '@playwright/test';

export { expect };

const pages = new URL('../pages/', import.meta.url);
const modules = new URL('../node_modules/', import.meta.url);

/** Tests with `site.open(page, values)`, which opens a page of `pages/` with its `{{values}}`. */
export const test = base.extend({
  site: async ({ page, baseURL }, use) => {
    await page.route(`${baseURL}/static/**`, (route) => {
      const path = new URL(route.request().url()).pathname.replace('/static/', '');
      return route.fulfill({ path: fileURLToPath(new URL(path, modules)) });
    });
    const open = async (name, values = {}) => {
      const text = await readFile(new URL(name, pages), 'utf8');
      const body = text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, value) => values[value]);
      await page.route(`${baseURL}/${name}`, (route) =>
        route.fulfill({ body, contentType: 'text/html; charset=utf-8' }),
      );
      await page.goto(`/${name}`);
    };
    await use({ open });
  },

  complaints: [
    async ({ page, baseURL }, use) => {
      const complaints = [];
      page.on('dialog', async (dialog) => {
        complaints.push(`${dialog.type()}: ${dialog.message()}`);
        await dialog.dismiss();
      });
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) {
          complaints.push(`${message.type()}: ${message.text()}`);
        }
      });
      page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
      const isElsewhere = (url) => /^(https?|wss?):$/.test(url.protocol) && url.origin !== baseURL;
      await page.route(isElsewhere, (route) => {
        complaints.push(`another host: ${route.request().url()}`);
        return route.abort();
      });
      await use(complaints);
      expect(complaints, 'what the page complained of').toEqual([]);
    },
    { auto: true },
  ],
});
