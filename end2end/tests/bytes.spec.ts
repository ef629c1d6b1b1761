// What a first visit to each page transfers: HTML, styles, script and WASM as they travel, headers included. The bytes of
// uploaded pictures do not count. 1 KB is 1024 bytes.

import type { Browser, Page } from '@playwright/test';
import { customerPages, enter, staffPages } from '../support/filled';
import { test } from '../support/filled-test';
import type { Cookie } from '../support/desk';
import { expect } from '../support/test';

const KB = 1024;
const CUSTOMER = 80 * KB;
const STAFF = 150 * KB;

type Visit = { bytes: number; files: Set<string> };

/** Opens a page in a browser that has nothing in its cache. */
async function visit(browser: Browser, url: string, cookies: Cookie[]): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies(cookies);
  const page: Page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  const names = new Map<string, string>();
  const seen: Visit = { bytes: 0, files: new Set() };
  client.on('Network.requestWillBeSent', ({ requestId, request }) => names.set(requestId, request.url));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const path = new URL(names.get(requestId) ?? url).pathname;
    if (path.startsWith('/media/')) return;
    seen.bytes += encodedDataLength;
    if (path.startsWith('/pkg/')) seen.files.add(path.split('/').pop() ?? '');
  });
  await page.goto(url);
  // Islands come when the browser is idle.
  await page.waitForLoadState('networkidle');
  await context.close();
  return seen;
}

test('a first visit stays within 80 KB for customers and 150 KB for staff', async ({ browser, page, desk, filled, context }) => {
  test.slow();
  const table: [string, number, number][] = [];
  const ofCustomers = new Set<string>();
  const ofStaff = new Set<string>();
  const note = async (name: string, path: string, cookies: Cookie[], budget: number) => {
    const { bytes, files } = await visit(browser, desk.url + path, cookies);
    table.push([name, bytes, budget]);
    for (const file of files) (budget === CUSTOMER ? ofCustomers : ofStaff).add(file);
  };

  await note('log in', '/', [], CUSTOMER);
  await enter(page, desk, filled);
  const cookies = await context.cookies();
  for (const [name, path] of Object.entries(customerPages(filled))) await note(name, path, cookies, CUSTOMER);
  await note('staff log in', '/admin/login', [], STAFF);
  const { admin } = await desk.staff();
  for (const [name, path] of Object.entries(staffPages(filled))) await note(name, path, admin, STAFF);

  const width = Math.max(...table.map(([name]) => name.length));
  const rows = table.map(
    ([name, bytes, budget]) => `${name.padEnd(width)} ${(bytes / KB).toFixed(1).padStart(6)} KB of ${budget / KB}`,
  );
  console.log(`First visits, cold, as transferred (1 KB = 1024 bytes):\n${rows.join('\n')}`);
  for (const [name, bytes, budget] of table) expect.soft(bytes, name).toBeLessThanOrEqual(budget);

  const islandsOfStaff = (files: Set<string>) => [...files].filter((file) => /staff|card_tools/.test(file));
  expect([...ofCustomers].some((file) => file.endsWith('.wasm')), 'customer pages are alive').toBe(true);
  expect(islandsOfStaff(ofStaff), 'staff pages have islands of their own').not.toEqual([]);
  expect(islandsOfStaff(ofCustomers), 'none of them comes to a customer').toEqual([]);
});
