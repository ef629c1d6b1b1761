// Customers find their own tickets by what was written in them, and nothing of anybody else's.

import { inspect } from '../support/checks';
import { note, reply } from '../support/conversation';
import { pdf } from '../support/files';
import { expect, logIn, test } from '../support/test';

test('words in titles, texts, replies and names of files', async ({ page, customer, desk, hasScript }) => {
  test.slow();
  const client = await desk.client(await desk.pin(customer.username));
  const lamp = await client.open({ title: 'Lamp in the café', description: 'It flickers at night.', files: [pdf('warranty.pdf')] });
  await client.open({ title: 'Chair', description: 'One leg is shorter, near the lamp.' });
  const other = await desk.customer('Ben Okafor');
  await (await desk.client(other.pin)).open({ title: 'Lamp of somebody else' });
  await reply(desk, lamp.id, 'Please try another socket.');
  await note(desk, lamp.id, 'Zanzibar is a secret word.');

  await logIn(page, customer.pin);
  const box = page.getByRole('searchbox');
  const hits = page.locator('.search-hit, [data-hit]');
  const find = async (words: string) => {
    await page.goto('/tickets');
    await box.fill(words);
    await box.press('Enter');
  };
  await find('lam');
  await expect(page.getByRole('main')).toContainText('Lamp in the café');
  await expect(page.getByRole('main')).toContainText('Chair');
  await expect(page.getByRole('main')).not.toContainText('somebody else');
  await expect(page.locator('main mark').first()).toHaveText(/^lamp/i);
  if (hasScript) await inspect(page);
  for (const words of ['cafe', 'FLICKERS night', 'socket', 'warranty']) {
    await find(words);
    await expect(page.getByRole('link', { name: 'Lamp in the café' }).first(), words).toBeVisible();
  }
  await find('zanzibar');
  await expect(page.getByRole('main')).not.toContainText('Lamp in the café');
  await expect(page.getByText(/Nothing (was )?found/)).toBeVisible();
  await find('"*-NEAR( OR %');
  await expect(page.getByText(/Nothing (was )?found/)).toBeVisible();
  expect(await hits.count()).toBe(0);
});
