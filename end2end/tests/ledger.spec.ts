// Who was let in, as staff read it; and the end of all that came of a PIN.

import { inspect } from '../support/checks';
import { png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { openTicket } from '../support/tickets';

type Page = import('@playwright/test').Page;
const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text });

test.use({ as: 'agent' });

test('staff read who was let in, take it out, and end all that came of a PIN', async ({ page, customer, another, hasScript }) => {
  const theirs = await another();
  await logIn(theirs, customer.pin);
  const ticket = await openTicket(theirs, hasScript, { title: 'The boiler drips', files: [png('drip.png')] });
  const file = await theirs.getByRole('link', { name: 'Download drip.png' }).first().getAttribute('href');
  expect((await theirs.request.get(file!)).ok()).toBe(true);

  await page.goto(`/admin/tickets/${ticket}`);
  await page.getByRole('link', { name: 'Who was let in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `Access to ticket #${ticket}` })).toBeVisible();
  await expect(row(page, 'opened drip.png')).toHaveCount(1);
  await expect(row(page, 'logged in by browser, for all tickets')).toContainText('127.0.0.1');
  if (hasScript) await inspect(page);

  const csv = await page.request.get((await page.getByRole('link', { name: 'CSV' }).getAttribute('href'))!);
  expect(csv.headers()['content-disposition']).toContain(`ledger-ticket-${ticket}.csv`);
  expect(await csv.text()).toContain('session_began');
  await page.reload();
  await expect(row(page, /took .* out as CSV/)).toHaveCount(1);

  const began = row(page, 'logged in by browser');
  await began.locator('summary').click();
  await began.getByRole('button', { name: 'End all of it' }).click();
  await expect(row(page, 'ended a session')).toHaveCount(1);
  await expect(page.getByText('End all of it')).toHaveCount(0);
  await theirs.goto('/tickets');
  await expect(theirs).toHaveURL('/?next=/tickets');

  await page.goto(`/admin/tickets/${ticket}`);
  await page.getByRole('link', { name: customer.name }).last().click();
  await page.getByRole('link', { name: 'Access ledger' }).click();
  await expect(row(page, 'ended a session')).toHaveCount(1);
});

test('staff decide whether a customer lets others in, and end whom they did', async ({ page, customer, another, hasScript, guard }) => {
  guard.expect(403);
  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.goto('/delegations');
  await theirs.getByLabel('For whom').fill('Ben');
  await theirs.getByRole('button', { name: 'Make a PIN for them' }).click();
  await expect(theirs.locator('#made-pin')).toBeVisible();

  await page.goto(`/admin/customers?q=${customer.username}`);
  await row(page, customer.username).getByRole('link').first().click();
  const letIn = page.getByRole('row').filter({ has: page.getByRole('button', { name: /^End the access of .?Ben/ }) });
  await expect(letIn).toHaveCount(1);
  if (hasScript) await inspect(page);
  await page.getByRole('button', { name: /^End the access of .?Ben/ }).click();
  await expect(letIn).toHaveCount(0);

  await page.locator('summary', { hasText: 'Do not allow it' }).click();
  await page.getByRole('button', { name: 'Do not allow it' }).click();
  await expect(page.getByText('They may not let others in.')).toBeVisible();
  await theirs.getByLabel('For whom').fill('Kim');
  await theirs.getByRole('button', { name: 'Make a PIN for them' }).click();
  await expect(theirs.getByText('Support has switched this off for you.')).toBeVisible();
});
