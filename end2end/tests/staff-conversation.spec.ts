// The team answers: claim, note, reply and what becomes of the ticket.

import { inspect } from '../support/checks';
import { entries, say } from '../support/conversation';
import { pdf } from '../support/files';
import { expect, logIn, test } from '../support/test';

test.use({ as: 'agent' });

type Page = import('@playwright/test').Page;
const openNote = (page: Page) => page.locator('summary').filter({ hasText: 'Internal note' }).click();
const status = (page: Page) => page.locator('.page-head-meta .badge').first();

test('claim, note, answer and wait; the customer answers; resolve', async ({ page, customer, desk, another }) => {
  test.slow();
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Cannot print' });
  await page.goto(`/admin/tickets/${ticket.id}`);
  await expect(page.getByText('Unassigned')).toBeVisible();
  await page.getByRole('button', { name: 'Claim' }).click();
  await expect(page.getByText('This ticket is yours now.')).toBeVisible();
  await expect(page.getByText('You took the ticket')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Claim' })).toHaveCount(0);

  await openNote(page);
  await expect(page.getByLabel('Reply to the customer'), 'one at a time').toBeHidden();
  await page.getByLabel('Note for the team').fill('Their **driver** is from 2019.');
  const chosen = page.locator('.composer-note input[type=file]');
  await chosen.setInputFiles([pdf('driver.pdf')]);
  await expect(page.locator('.composer-note .file-row')).toHaveCount(1);
  await page.getByRole('button', { name: 'Save internal note' }).click();
  const written = entries(page).filter({ hasText: 'Their driver is from 2019.' });
  await expect(written).toHaveClass(/said-note/);
  await expect(written).toContainText('Internal note');
  await expect(written.getByRole('link', { name: 'Open driver.pdf' })).toBeVisible();
  const noteFile = await written.getByRole('link', { name: 'Open driver.pdf' }).getAttribute('href');
  await inspect(page);

  await page.getByLabel('Reply to the customer').fill('Which **model** is it?');
  await page.getByRole('button', { name: 'Send and wait for customer' }).click();
  await expect(entries(page).filter({ hasText: 'Which model is it?' })).toBeVisible();
  await expect(status(page)).toHaveText('Waiting on Customer');
  await expect(page.getByRole('button', { name: 'Send and wait for customer' }), 'it waits already').toHaveCount(0);

  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.goto(`/tickets/${ticket.id}`);
  await expect(theirs.getByText('Which model is it?')).toBeVisible();
  const html = await theirs.content();
  for (const secret of ['from 2019', 'driver.pdf', 'Internal note', 'Sam Weber', 'took the ticket']) expect(html).not.toContain(secret);
  expect((await theirs.request.get(noteFile ?? '')).status(), "a note's file is not there").toBe(404);
  await say(theirs, 'The XJ 900.');

  await page.reload();
  await expect(status(page)).toHaveText('Open');
  await page.getByLabel('Reply to the customer').fill('Here is the new driver.');
  await page.getByRole('button', { name: 'Send and resolve' }).click();
  await expect(status(page)).toHaveText('Resolved');
});

test('the workflow offers only moves that it has', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Over' });
  await page.goto(`/admin/tickets/${ticket.id}`);
  await page.getByLabel('Status').selectOption('Closed');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(status(page)).toHaveText('Closed');
  await expect(page.getByLabel('Status').locator('option')).toHaveText(['Open', 'In Progress', 'Closed']);
  await expect(page.getByRole('button', { name: 'Send and resolve' })).toHaveCount(0);
  const refused = await page.request.post('/fn/staff_update_ticket', {
    form: { id: String(ticket.id), status: 'Resolved' },
    headers: { 'sec-fetch-site': 'same-origin' },
  });
  expect(refused.status()).toBe(409);
  expect(await refused.text()).toContain('Reopen it first');
});

test('queues: unassigned, mine, all; and by last change', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  const first = await client.open({ title: 'First of two' });
  const second = await client.open({ title: 'Second of two' });
  const titles = page.getByRole('table').locator('td.cell-main').getByRole('link');
  const only = `customer=${customer.username}`;
  await page.goto(`/admin/tickets/${first.id}`);
  await page.getByRole('button', { name: 'Claim' }).click();
  await expect(page.getByText('This ticket is yours now.')).toBeVisible();
  await page.goto(`/admin/tickets?${only}`);
  await expect(titles).toHaveText(['Second of two', 'First of two']);
  await page.getByRole('link', { name: 'Mine' }).click();
  await expect(titles).toHaveText(['First of two']);
  await page.getByRole('link', { name: 'Unassigned' }).click();
  await expect(titles).toHaveText(['Second of two']);
  await client.reply(first.id, 'More about the first');
  await page.goto(`/admin/tickets?${only}&order=changed`);
  await expect(titles).toHaveText(['First of two', 'Second of two']);
  await expect(page.getByRole('row').filter({ hasText: 'First of two' })).toContainText('Sam Weber');
  // Given to somebody else and back.
  await page.goto(`/admin/tickets/${second.id}`);
  await page.getByLabel('Assignee').selectOption('mia');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('You gave the ticket to mia')).toBeVisible();
  await page.getByLabel('Assignee').selectOption('Nobody');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('You gave the ticket back to the team')).toBeVisible();
});

test('a session that ended meanwhile leads to the staff’s login', async ({ page, customer, desk, guard }) => {
  guard.expect(401);
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Away too long' });
  await page.goto(`/admin/tickets/${ticket.id}`);
  await page.context().clearCookies();
  await page.getByLabel('Reply to the customer').fill('One moment');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('You are logged out by now');
  await expect(page.getByRole('link', { name: 'Log in in a new tab' })).toHaveAttribute('href', '/admin/login');
  await openNote(page);
  await page.getByLabel('Note for the team').fill('Nobody sees it');
  await page.getByRole('button', { name: 'Save internal note' }).click();
  await expect(page.getByRole('link', { name: 'Log in in a new tab' }).last()).toHaveAttribute('href', '/admin/login');
});
