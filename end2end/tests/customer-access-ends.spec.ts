// The end of an access: what the customer is told, what they take along, and that it is over at once where a desk wants that.

import { readFileSync } from 'node:fs';
import { inspect } from '../support/checks';
import { Desk } from '../support/desk';
import { pdf, png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { fileField } from '../support/tickets';

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

test.describe('on a desk where access ends two days after the ticket', () => {
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
});

test.describe('on a desk where access ends with the ticket', () => {
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
    if (hasScript) await expect(theirs.locator('.uploader')).toHaveClass(/is-live/);
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
});
