// How the pages are driven: by Debian's Chromium, against a register on each database.
//
// `cargo xtask test --only browser` starts the registers and names them in the environment. By
// hand: `DOMESDAY_SQLITE=http://127.0.0.1:8080 npx playwright test`.

import { defineConfig } from '@playwright/test';

const sqlite = process.env.DOMESDAY_SQLITE;
const postgres = process.env.DOMESDAY_POSTGRES;
// The documentation, and how pages look and what they weigh, is the same whatever the database.
const documentation = ['**/docs.spec.js', '**/looks.spec.js', '**/weights.spec.js'];
const spoiling = ['**/hostile.spec.js'];
const others = [...documentation, ...spoiling];
// What goes on in the browser, and what each database is asked by the tests of HTTP, is the same, too.
const inTheBrowser = [
  '**/extensions.spec.js',
  '**/import.spec.js',
  '**/pages.spec.js',
  '**/problems.spec.js',
  '**/profile.spec.js',
  '**/search.spec.js',
  '**/sign-in.spec.js',
  '**/tasks.spec.js',
  '**/tour.spec.js',
];
// What a grid shows is compared with all servers, so that nobody may add one meanwhile.
const grids = ['**/grid.spec.js'];
// All its versions ask for the same; of one, each way of asking is answered by both databases.
const databases = [
  { name: 'sqlite', baseURL: sqlite, ignored: [...others, ...grids], versions: /DataTables/ },
  { name: 'postgres', baseURL: postgres, ignored: [...others, ...grids, ...inTheBrowser], versions: /DataTables 3/ },
].filter(({ baseURL }) => baseURL);
const projects = databases.flatMap(({ name, baseURL, ignored, versions }) => [
  { name: `grids on ${name}`, testMatch: grids, grep: versions, use: { baseURL } },
  { name, testIgnore: ignored, dependencies: [`grids on ${name}`], use: { baseURL } },
]);
if (sqlite) {
  projects.push({ name: 'documentation', testMatch: documentation, use: { baseURL: sqlite } });
}
// What spoils the register for the others comes last.
const dependencies = projects.map((project) => project.name);
const last = { name: 'last', testMatch: spoiling, dependencies, use: { baseURL: sqlite } };

export default defineConfig({
  testDir: 'tests',
  outputDir: process.env.BROWSER_OUTPUT ?? '../target/browser',
  reporter: process.env.BROWSER_REPORT
    ? [['list'], ['json', { outputFile: process.env.BROWSER_REPORT }]]
    : 'list',
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  // A flake is a bug, of the page or of the test.
  retries: 0,
  workers: 3,
  // Generous: the machine may be busy, and a test that waits for nothing is quick all the same.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: {
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // A browser that shows pages of this machine alone, also as root.
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: sqlite ? [...projects, last] : projects,
});
