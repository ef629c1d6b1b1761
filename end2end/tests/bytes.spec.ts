// What a first visit to each page transfers: HTML, styles, script and WASM as they travel, headers included, and what comes
// on top once its form is touched. The bytes of uploaded pictures do not count. 1 KB is 1024 bytes.

import type { Browser, Page } from '@playwright/test';
import { customerPages, enter, staffPages } from '../support/filled';
import { pdf } from '../support/files';
import { test } from '../support/filled-test';
import type { Cookie } from '../support/desk';
import { expect } from '../support/test';

const KB = 1024;

/** KB of a page as it is first looked at, and once its form was touched. */
type Budget = { cold: number; touched?: number };

const CUSTOMER: Record<string, Budget> = {
  'log in': { cold: 75 },
  'new ticket': { cold: 75, touched: 175 },
  ticket: { cold: 90, touched: 190 },
  'ticket edit': { cold: 90, touched: 190 },
};
const CUSTOMER_LIST: Budget = { cold: 85 };
const STAFF: Record<string, Budget> = {
  'staff tickets': { cold: 200 },
  'staff tickets found': { cold: 200 },
  'staff tickets none': { cold: 200 },
  'staff ticket': { cold: 110, touched: 200 },
};
const STAFF_OTHER: Budget = { cold: 100 };

type Visit = { bytes: number; touched: number; files: Set<string> };

/** Types into the form that keeps a draft, chooses a file in it, and waits until all that needs has come. */
async function touch(page: Page): Promise<void> {
  const form = page.locator('form:has([data-draft-status])').first();
  const field = form.locator('textarea').first();
  await field.click();
  await field.pressSequentially('It is');
  await form.locator('input[type=file]').setInputFiles(pdf());
  await expect(form.locator('.file-row')).toBeVisible();
  await expect(form.locator('[data-draft-status]')).toHaveText('Draft saved');
  await page.waitForLoadState('networkidle');
}

/** Opens a page in a browser that has nothing in its cache. */
async function visit(browser: Browser, url: string, cookies: Cookie[], isTouched: boolean): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies(cookies);
  const page: Page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Network.setCacheDisabled', { cacheDisabled: true });
  const names = new Map<string, string>();
  const seen: Visit = { bytes: 0, touched: 0, files: new Set() };
  let cold = 0;
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
  cold = seen.bytes;
  if (isTouched) await touch(page);
  await context.close();
  return { ...seen, bytes: cold, touched: seen.bytes };
}

test('a first visit stays within its budget, and so does a form that is touched', async ({ browser, page, desk, filled, context }) => {
  test.slow();
  const table: [string, number, number][] = [];
  const ofCustomers = new Set<string>();
  const ofStaff = new Set<string>();
  const note = async (name: string, path: string, cookies: Cookie[], budget: Budget, all: Set<string>) => {
    const { bytes, touched, files } = await visit(browser, desk.url + path, cookies, budget.touched !== undefined);
    table.push([name, bytes, budget.cold * KB]);
    if (budget.touched !== undefined) {
      table.push([`${name}, touched`, touched, budget.touched * KB]);
    }
    for (const file of files) all.add(file);
  };

  await note('log in', '/', [], CUSTOMER['log in'], ofCustomers);
  await enter(page, desk, filled);
  const cookies = await context.cookies();
  for (const [name, path] of Object.entries(customerPages(filled))) {
    await note(name, path, cookies, CUSTOMER[name] ?? CUSTOMER_LIST, ofCustomers);
  }
  await note('staff log in', '/admin/login', [], STAFF_OTHER, ofStaff);
  const { admin } = await desk.staff();
  for (const [name, path] of Object.entries(staffPages(filled))) {
    await note(name, path, admin, STAFF[name] ?? STAFF_OTHER, ofStaff);
  }

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
