// A customer confirms something by a PIN for that alone, or says no.

import { inspect } from '../support/checks';
import { pdf } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { openTicket } from '../support/tickets';

test.use({ as: 'agent' });

test('staff ask, the customer reads it and confirms it by a PIN that lets nobody in', async ({ page, customer, another, hasScript, guard }) => {
  guard.expect(400);
  const theirs = await another();
  await logIn(theirs, customer.pin);
  const ticket = await openTicket(theirs, hasScript, { title: 'Two doors', files: [pdf('quote.pdf')] });

  await page.goto(`/admin/tickets/${ticket}`);
  const ask = async (text: string) => {
    await page.locator('summary', { hasText: 'Ask for a confirmation' }).click();
    await page.getByLabel('What they confirm').fill(text);
    await page.getByLabel('Amount').fill('120 EUR');
    await page.getByRole('checkbox', { name: 'quote.pdf' }).check();
    await page.getByRole('button', { name: 'Ask, and make the PIN' }).click();
    return page.locator('#issued-pin').innerText();
  };
  const pin = await ask('Two doors, oak, with fitting.');
  expect(pin).toMatch(/^SUP-\w{4}-\w{4}$/);
  if (hasScript) await inspect(page);

  // Their page is open all the while, and is told.
  if (!hasScript) await theirs.reload();
  await expect(theirs.getByText('Support asks you to confirm something', { exact: true })).toBeVisible();
  await theirs.getByRole('link', { name: 'Read and answer' }).click();
  await expect(theirs.getByText('Two doors, oak, with fitting.')).toBeVisible();
  await expect(theirs.getByText('120 EUR')).toBeVisible();
  await theirs.getByLabel('PIN').fill('SUP-0000-0000');
  await theirs.getByRole('button', { name: 'I confirm this' }).click();
  await expect(theirs.getByText('Wrong PIN. Check each letter and digit.')).toBeVisible();
  if (hasScript) await inspect(theirs);
  await theirs.getByLabel('PIN').fill(pin);
  await theirs.getByRole('button', { name: 'I confirm this' }).click();
  await expect(theirs.getByText('Recorded confirmation.')).toBeVisible();
  await expect(theirs.getByRole('button', { name: 'I confirm this' })).toHaveCount(0);
  if (hasScript) await inspect(theirs);

  await page.goto(`/admin/tickets/${ticket}`);
  await expect(page.getByText(/confirmed request \d+: recorded confirmation/)).toBeVisible();
  await page.getByRole('link', { name: 'Who was let in' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'recorded confirmation of' })).toHaveCount(1);

  // The next one they do not want.
  await page.goto(`/admin/tickets/${ticket}`);
  await ask('Three doors.');
  await theirs.goto(`/tickets/${ticket}`);
  await theirs.getByRole('link', { name: 'Read and answer' }).click();
  await theirs.locator('summary', { hasText: 'I do not confirm this' }).click();
  await theirs.getByLabel('Why').fill('Two are enough.');
  await theirs.getByRole('button', { name: 'I do not confirm', exact: true }).click();
  await expect(theirs.getByText('Not confirmed.')).toBeVisible();
  await page.goto(`/admin/tickets/${ticket}`);
  await expect(page.getByText(/did not confirm request \d+: .?Two are enough\./)).toBeVisible();

  // And one that staff take back.
  await ask('Four doors.');
  await page.locator('summary', { hasText: 'Take it back' }).click();
  await page.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByText('Support took it back.')).toBeVisible();
});
