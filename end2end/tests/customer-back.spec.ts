// Who logged out left nothing behind Back, in a browser that keeps whole pages for it, as browsers of people do. Playwright's
// own does not, so the other journeys never meet such a page.

import { expect, logIn, logInStaff, test as base, type Page } from '../support/test';

const test = base.extend({
  launchOptions: [
    async ({ launchOptions }, use) => use({ ...launchOptions, ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
    { scope: 'worker' },
  ],
});

const TITLE = 'For nobody else to read';

/** Goes back as the button does; gives why a page was not kept, as the browser says it. Playwright's `goBack` waits for a request. */
async function back(page: Page): Promise<string[]> {
  const browser = await page.context().newCDPSession(page);
  await browser.send('Page.enable');
  const reasons: string[] = [];
  browser.on('Page.backForwardCacheNotUsed', ({ notRestoredExplanations }) => {
    reasons.push(...notRestoredExplanations.map(({ reason }) => reason));
  });
  const { currentIndex, entries } = await browser.send('Page.getNavigationHistory');
  await browser.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
  return reasons;
}

async function expectNothing(page: Page, url: string, login: string): Promise<void> {
  const reasons = await back(page);
  await expect(page).toHaveURL(url);
  await expect(page.getByLabel(login)).toBeVisible();
  expect(await page.content()).not.toContain(TITLE);
  expect(reasons.filter((reason) => /^BackForwardCacheDisabled/.test(reason)), 'this browser keeps pages').toEqual([]);
}

test('without script a page is kept while one is logged in', async ({ page, customer, hasScript }) => {
  test.skip(hasScript, 'a page that is alive asked for something by itself, and is not kept');
  await logIn(page, customer.pin);
  await page.goto('/tickets/new');
  expect(await back(page)).toEqual([]);
  // No document was asked for, which is how one knows.
  await expect
    .poll(() => page.evaluate(() => [location.pathname, performance.getEntriesByType('navigation')[0].toJSON().type]))
    .toEqual(['/tickets', 'navigate']);
});

test('a customer who logged out', async ({ page, customer, desk, context }) => {
  const ticket = await (await desk.client(await desk.pin(customer.username))).open({ title: TITLE });
  await logIn(page, customer.pin);
  const other = await context.newPage();
  for (const tab of [other, page]) {
    await tab.goto('/tickets');
    await tab.goto(`/tickets/${ticket.id}`);
    await expect(tab.getByRole('heading', { level: 1, name: TITLE })).toBeVisible();
  }
  await other.goto('/tickets/new');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  for (const tab of [page, other]) {
    await expectNothing(tab, `/?next=/tickets/${ticket.id}`, 'Support PIN');
    await expectNothing(tab, '/?next=/tickets', 'Support PIN');
  }
});

test('an agent who logged out', async ({ page, customer, desk, context }) => {
  const ticket = await (await desk.client(customer.pin)).open({ title: TITLE });
  const username = `back.${customer.username}`;
  await desk.agent(username, 'Bo Falk');
  await logInStaff(page, username);
  const other = await context.newPage();
  for (const tab of [other, page]) {
    await tab.goto('/admin/tickets');
    await tab.goto(`/admin/tickets/${ticket.id}`);
    await expect(tab.getByRole('heading', { level: 1, name: TITLE })).toBeVisible();
  }
  await other.goto('/admin/customers');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/admin/login');
  for (const tab of [page, other]) {
    await expectNothing(tab, `/admin/login?next=/admin/tickets/${ticket.id}`, 'Username');
    await expectNothing(tab, '/admin/login?next=/admin/tickets', 'Username');
  }
});
