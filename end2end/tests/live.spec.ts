// Two browsers at once: what one does, the other sees without reloading.

import type { Request } from '@playwright/test';
import { note, reply, say } from '../support/conversation';
import { expect, logIn, test } from '../support/test';

test.use({ as: 'agent' });

const alive = (page: import('@playwright/test').Page) => expect(page.locator('[data-live-state="open"]')).toBeAttached();

test('replies and a status arrive on both sides', async ({ page, customer, desk, another }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Live wire' });
  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.goto(`/tickets/${ticket.id}`);
  await page.goto(`/admin/tickets/${ticket.id}`);
  await Promise.all([alive(page), alive(theirs)]);
  await expect(theirs.getByText('Withdraw ticket')).toBeVisible();

  await theirs.getByLabel('Your reply').fill('Half a sentence');
  await page.getByLabel('Reply to the customer').fill('Is it **on**?');
  await page.getByRole('button', { name: 'Send and wait for customer' }).click();
  await expect(theirs.getByText('Is it on?')).toBeVisible();
  await expect(theirs.getByText('We need something from you')).toBeVisible();
  await expect(theirs.getByText('Withdraw ticket'), 'staff has begun to work on it').toHaveCount(0);
  await expect(theirs.getByLabel('Your reply'), 'what is being typed stays').toHaveValue('Half a sentence');

  await alive(page);
  await say(theirs, 'Yes, it is on.');
  await expect(page.getByText('Yes, it is on.')).toBeVisible();
  await expect(page.locator('.page-head-meta .badge').first()).toHaveText('Open');

  await alive(theirs);
  await note(desk, ticket.id, 'Nobody told them');
  await reply(desk, ticket.id, 'A last word');
  await expect(theirs.getByText('A last word')).toBeVisible();
  expect(await theirs.content()).not.toContain('Nobody told them');
});

test('a new ticket comes into the queue, without moving what one is about to click', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  await client.open({ title: 'Was there before' });
  await page.goto(`/admin/tickets?customer=${customer.username}`);
  await alive(page);
  const titles = page.getByRole('table').locator('td.cell-main').getByRole('link');
  await expect(titles).toHaveText(['Was there before']);
  await page.mouse.move(0, 0);
  await client.open({ title: 'Came just now' });
  await expect(titles).toHaveText(['Came just now', 'Was there before']);

  await titles.last().hover();
  const place = await titles.last().boundingBox();
  await client.open({ title: 'Waits for you' });
  const notice = page.locator('.live-notice button');
  await expect(notice).toBeVisible();
  await expect(titles).toHaveText(['Came just now', 'Was there before']);
  expect(await titles.last().boundingBox()).toEqual(place);
  await notice.click();
  await expect(titles).toHaveText(['Waits for you', 'Came just now', 'Was there before']);
});

test('unread tickets are marked and counted, until they are read', async ({ page, customer, desk, another }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Unread' });
  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.goto('/tickets');
  await alive(theirs);
  await expect(theirs).toHaveTitle('My tickets · Pindesk');
  await reply(desk, ticket.id, 'Have you seen this?');
  await expect(theirs).toHaveTitle('(1) My tickets · Pindesk');
  await expect(theirs.getByRole('row').filter({ hasText: 'Unread' })).toHaveClass(/row-unread/);
  // A page that was fetched ahead counts as seen once it is shown and says so.
  const seen = theirs.waitForResponse(/\/fn\/beat/);
  await theirs.getByRole('link', { name: 'Unread' }).click();
  await expect(theirs).toHaveTitle(/^Unread/);
  await seen;
  await theirs.goto('/tickets');
  await expect(theirs).toHaveTitle('My tickets · Pindesk');
  await expect(theirs.locator('.row-unread')).toHaveCount(0);
  await page.goto('/admin/tickets');
  await expect(page.getByRole('row').filter({ hasText: 'Unread' }).first()).toHaveClass(/row-unread/);
});

test('who else is there, and who is writing', async ({ page, customer, desk, another }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Two at one desk' });
  const colleague = await another();
  await colleague.context().addCookies((await desk.staff()).admin);
  await page.goto(`/admin/tickets/${ticket.id}`);
  await alive(page);
  await colleague.goto(`/admin/tickets/${ticket.id}`);
  await alive(colleague);
  await expect(page.getByText('mia is viewing')).toBeVisible();
  await colleague.getByLabel('Reply to the customer').pressSequentially('Let me');
  await expect(page.getByText('mia is replying')).toBeVisible();
  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.goto(`/tickets/${ticket.id}`);
  await expect(theirs.getByText('Support is replying')).toBeVisible();
  expect(await theirs.content()).not.toContain('mia');
  await colleague.goto('/admin');
  await expect(page.getByText('mia is')).toHaveCount(0);
});

test('after a break it catches up, and it ends with the session', async ({ customer, desk, another, guard }) => {
  guard.allowBroken();
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Broken line' });
  const theirs = await another();
  await theirs.clock.install();
  await logIn(theirs, customer.pin);
  await theirs.goto(`/tickets/${ticket.id}`);
  await alive(theirs);
  await theirs.context().setOffline(true);
  await reply(desk, ticket.id, 'Said while you were away');
  await theirs.context().setOffline(false);
  await expect(theirs.getByText('Said while you were away')).toBeVisible({ timeout: 20_000 });
  const asks = (request: Request) => new URL(request.url()).pathname === `/tickets/${ticket.id}`;
  const refused = theirs.waitForResponse((response) => asks(response.request()));
  await desk.call(['session', 'end', customer.username]);
  await reply(desk, ticket.id, 'Not for you any more');
  expect((await refused).status()).toBe(303);
  // It does not ask again, however long it stays.
  let again = 0;
  theirs.on('request', (request) => {
    if (asks(request)) again += 1;
  });
  await theirs.clock.runFor(60_000);
  expect(again).toBe(0);
  expect(await theirs.content()).not.toContain('Not for you any more');
});

test('a page that cannot be fetched is fetched again', async ({ page, customer, desk, guard }) => {
  guard.allowBroken();
  guard.expect(503);
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Lost on the way' });
  await page.goto(`/admin/tickets/${ticket.id}`);
  await alive(page);
  const tries: number[] = [];
  await page.route(`/admin/tickets/${ticket.id}`, async (route) => {
    tries.push(Date.now());
    if (tries.length === 1) await route.abort();
    else if (tries.length === 2) await route.fulfill({ status: 503, body: '' });
    else await route.continue();
  });
  await client.reply(ticket.id, 'It comes late');
  await expect(page.getByText('It comes late')).toBeVisible({ timeout: 20_000 });
  expect(tries.length).toBe(3);
  expect(tries[2] - tries[1], 'the second wait is longer').toBeGreaterThan(tries[1] - tries[0]);
});

test('a refused change stays as it was chosen, whatever happens', async ({ page, customer, desk, another, guard }) => {
  guard.expect(409);
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Closed meanwhile' });
  const colleague = await another();
  await colleague.context().addCookies((await desk.staff()).admin);
  await page.goto(`/admin/tickets/${ticket.id}`);
  await page.getByLabel('Status').selectOption('Resolved');
  await page.getByLabel('Priority').selectOption('High');
  await colleague.goto(`/admin/tickets/${ticket.id}`);
  await colleague.getByLabel('Status').selectOption('Closed');
  await colleague.getByRole('button', { name: 'Save changes' }).click();
  await expect(colleague.getByText('Saved.')).toBeVisible();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('Priority')).toHaveValue('High');
  await alive(page);
  await note(desk, ticket.id, 'Something else happens');
  await expect(page.getByText('Something else happens')).toBeVisible();
  await expect(page.getByLabel('Priority')).toHaveValue('High');
});

test('several tabs share one line', async ({ customer, desk, another }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Many tabs' });
  const first = await another();
  await logIn(first, customer.pin);
  const tabs = [first];
  for (let tab = 1; tab < 8; tab += 1) tabs.push(await first.context().newPage());
  for (const tab of tabs) await tab.goto(`/tickets/${ticket.id}`);
  await alive(first);
  await reply(desk, ticket.id, 'Everywhere at once');
  for (const tab of tabs) await expect(tab.getByText('Everywhere at once')).toBeVisible();
  // The tab that held the line goes; another takes over.
  await first.close();
  await alive(tabs[1]);
  await reply(desk, ticket.id, 'And again');
  for (const tab of tabs.slice(1)) await expect(tab.getByText('And again')).toBeVisible();
});
