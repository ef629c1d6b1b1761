// A call: staff let a customer in to one ticket, look who it is, and end it; with the ticket the access ends at once.

import { Desk } from '../support/desk';
import { pdf, png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { fileField } from '../support/tickets';

test.use({ as: 'agent' });

test.use({
  desk: [
    async ({}, use) => {
      const desk = await Desk.startWithAdmin({ PINDESK_ACCESS_AFTER_CLOSE: '0s' });
      await use(desk);
      await desk.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

test('a call: a PIN for one ticket, two files, a code, the ledger, and the end', async ({ page, customer, another, desk, hasScript }) => {
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Broken door' });
  await page.goto(`/admin/tickets/${ticket.id}`);
  await page.getByRole('link', { name: 'Issue a PIN' }).click();
  await page.getByRole('button', { name: 'Issue a PIN' }).click();
  const pin = await page.locator('#issued-pin').innerText();

  const theirs = await another();
  await logIn(theirs, pin);
  await theirs.goto(`/tickets/${ticket.id}`);
  if (hasScript) await expect(theirs.locator('.on-touch')).toHaveClass(/is-live/);
  await fileField(theirs).setInputFiles([pdf('quote.pdf'), png('door.png')]);
  await theirs.getByRole('button', { name: 'Send reply' }).click();
  await expect(theirs.getByRole('link', { name: 'Download quote.pdf' }).first()).toBeVisible();
  await theirs.goto('/caller-code');
  await theirs.getByRole('button', { name: 'Show a code' }).click();
  const code = await theirs.locator('#caller-code').innerText();

  await page.goto('/admin/callers');
  await page.getByLabel('Caller’s code').fill(code);
  await page.getByRole('button', { name: 'Check the code' }).click();
  // An access for one ticket may be somebody's to whom the PIN was given.
  await expect(page.getByText('The caller has an access to a part of this.')).toBeVisible();
  await page.goto(`/admin/tickets/${ticket.id}/ledger`);
  await expect(page.getByRole('row').filter({ hasText: 'checked a caller by a code' })).toHaveCount(1);
  await theirs.goto(`/tickets/${ticket.id}`);
  await page.goto(`/admin/tickets/${ticket.id}`);
  await page.getByLabel('Status').selectOption('Closed');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  // Their next page leads to the log-in, at once.
  await theirs.goto(`/tickets/${ticket.id}`);
  await expect(theirs).toHaveURL(/\/\?next=/);
});
