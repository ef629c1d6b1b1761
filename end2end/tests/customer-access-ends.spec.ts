// The end of an access two days after its ticket: what the customer is told, and what they take along.

import { readFileSync } from 'node:fs';
import { inspect } from '../support/checks';
import { Desk } from '../support/desk';
import { pdf } from '../support/files';
import { expect, logIn, test } from '../support/test';

test.use({ as: 'agent' });

/** Names of the files in a ZIP, by its directory. */
function names(zip: Buffer): string[] {
  const found: string[] = [];
  for (let at = zip.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = zip.indexOf('PK\x01\x02', at + 4, 'latin1')) {
    const length = zip.readUInt16LE(at + 28);
    found.push(zip.subarray(at + 46, at + 46 + length).toString('utf8'));
  }
  return found;
}

test.use({
  desk: [
    async ({}, use) => {
      const desk = await Desk.startWithAdmin({ PINDESK_ACCESS_AFTER_CLOSE: '2d' });
      await use(desk);
      await desk.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

test('a closed ticket says until when, and is taken along', async ({ page, customer, another, desk, hasScript }) => {
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Two doors', files: [pdf('quote.pdf')] });
  const theirs = await another();
  await logIn(theirs, await desk.narrowPin(customer.username, '--ticket', String(ticket.id)));
  await theirs.goto(`/tickets/${ticket.id}`);
  await expect(theirs.getByText('Your access to this ticket ends soon')).toHaveCount(0);
  await page.goto(`/admin/tickets/${ticket.id}`);
  await page.getByLabel('Status').selectOption('Closed');
  await page.getByRole('button', { name: 'Save changes' }).click();
  if (!hasScript) await theirs.reload();
  await expect(theirs.getByText('Your access to this ticket ends soon')).toBeVisible();
  if (hasScript) await inspect(theirs);
  const downloading = theirs.waitForEvent('download');
  await theirs.getByRole('link', { name: 'Download everything' }).first().click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`ticket-${ticket.id}.zip`);
  expect(names(readFileSync(await download.path()))).toEqual(['index.html', 'files/001-quote.pdf']);
  await page.goto(`/admin/tickets/${ticket.id}/ledger`);
  await expect(page.getByRole('row').filter({ hasText: 'took everything out, with 1 file' })).toHaveCount(1);
});
