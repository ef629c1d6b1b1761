// Cards: PINs in batches, printed for people whom nobody knows yet.

import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { inspect } from '../support/checks';
import { expect, goOn, pinField, test, whose } from '../support/test';

test.use({ as: 'agent' });

test('24 cards are printed once, one is used, and the rest is revoked', async ({ page, another, baseURL, hasScript }) => {
  await page.goto('/admin/batches');
  await page.getByRole('link', { name: 'Make cards' }).first().click();
  if (hasScript) await inspect(page);
  await page.getByLabel('Name').fill('Spring fair');
  await page.getByLabel('Site').fill('Hall 3');
  await page.getByLabel('Category').selectOption('Request');
  const day = new Date(Date.now() + 20 * 24 * 3600 * 1000);
  await page.getByLabel('Use by').fill(day.toISOString().slice(0, 10));
  await page.getByLabel('Then stays open').selectOption({ label: '8 hours' });
  await page.getByLabel('How many').fill('24');
  await page.getByRole('button', { name: 'Make the cards' }).click();
  await expect(page).toHaveURL(/\/admin\/batches\/\d+\/sheet\?/);
  await expect(page.getByRole('heading', { level: 1, name: 'Spring fair' })).toBeVisible();
  const cards = page.getByRole('article');
  await expect(cards).toHaveCount(24);
  if (hasScript) await inspect(page);

  // What stands on a card, and what its code holds.
  const card = page.getByRole('article', { name: 'Card 017' });
  const host = new URL(baseURL ?? '').host;
  for (const words of [host, 'Use by', String(day.getUTCFullYear()), 'Then stays open 8 hours', 'Card 017', 'Spring fair', 'Hall 3']) {
    await expect(card).toContainText(words);
  }
  const pin = /SUP(-[0-9A-HJKMNP-TV-Z]{4}){3}/.exec(await card.innerText())?.[0] ?? '';
  expect(pin).not.toBe('');
  expect(page.url(), 'an address is no place for a PIN').not.toContain('SUP');
  const picture = PNG.sync.read(await card.getByRole('img').screenshot());
  const read = jsQR(new Uint8ClampedArray(picture.data), picture.width, picture.height);
  expect(read?.data).toBe(`${baseURL}/#${pin}`);

  // Ten to a page, and nothing else is printed; with the sheet's own style, which comes after the page.
  await page.waitForLoadState('load');
  const paper = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(paper.match(/\/Type\s*\/Page\b/g)).toHaveLength(3);
  expect(paper, 'A4').toMatch(/\/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12]/);

  const list = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save as CSV' }).click();
  const chunks: Buffer[] = [];
  for await (const chunk of await (await list).createReadStream()) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString().trim().split('\r\n');
  expect(lines).toHaveLength(25);
  expect(lines[17]).toContain(`017,${pin},${baseURL}/#${pin},"Spring fair","Hall 3",`);

  // Once.
  const sheet = page.url();
  await page.goto(sheet);
  await expect(page.getByText('These cards were shown once.')).toBeVisible();
  expect(await page.content()).not.toContain(pin);

  // Who finds the card comes in by it; nothing is sent by itself.
  const guest = await another();
  if (hasScript) {
    await guest.goto(`/#${pin}`);
    await expect(pinField(guest)).toHaveValue(pin);
    await expect(guest).toHaveURL('/');
    await expect(whose(guest)).toHaveCount(0);
  } else {
    await guest.goto('/');
    await pinField(guest).fill(pin);
  }
  await guest.getByRole('button', { name: 'Log in' }).click();
  await expect(guest.getByRole('heading', { level: 1, name: 'You are in as Card 017, Spring fair' })).toBeVisible();
  await expect(guest.getByText(/^This access: all tickets, read, reply and add files/)).toBeVisible();
  await goOn(guest);
  await guest.goto('/tickets/new');
  await expect(guest.getByLabel('Category')).toHaveValue('Request');
  await guest.getByLabel('Title').fill('Where is the cloakroom?');
  await guest.getByLabel('Description').fill('I stand in hall 3.');
  if (hasScript) await expect(guest.locator('.on-touch')).toHaveClass(/is-live/);
  await guest.getByRole('button', { name: 'Open ticket' }).click();
  await expect(guest.getByRole('heading', { level: 1, name: 'Where is the cloakroom?' })).toBeVisible();
  const ticket = new URL(guest.url()).pathname;

  // Staff see where it comes from, and the counters move.
  await page.goto(`/admin${ticket}`);
  await expect(page.getByText('Came by card 017 of Spring fair, Hall 3')).toBeVisible();
  await page.getByRole('link', { name: 'Spring fair', exact: true }).click();
  const counter = (word: string) => page.getByRole('region', { name: 'Cards' }).getByRole('link', { name: word });
  await expect(counter('Unused')).toContainText('23');
  await expect(counter('Used').last()).toContainText('1');
  if (hasScript) await inspect(page);
  await page.getByLabel('Number of a card').fill('017');
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Card 017' })).toContainText('Used');

  await page.getByText('Revoke the rest').first().click();
  await page.getByRole('button', { name: 'Revoke the rest' }).click();
  await expect(page.getByText('These cards let nobody in any more.')).toBeVisible();
  await expect(counter('Revoked')).toContainText('23');
  await guest.reload();
  await expect(guest.getByRole('heading', { level: 1, name: 'Where is the cloakroom?' })).toBeVisible();
});
