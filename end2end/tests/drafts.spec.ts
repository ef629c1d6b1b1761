// What only script can do with drafts: save while somebody types, and say how that went.

import { expect, logIn, test } from '../support/test';

test.beforeEach(async ({ page, customer }) => {
  await logIn(page, customer.pin);
  await page.goto('/tickets/new');
});

test('a draft that is discarded does not come back with a save under way', async ({ page, guard }) => {
  guard.allowBroken();
  const status = page.locator('[data-draft-status]');
  await page.getByLabel('Title').fill('Not yet');
  await expect(status).toHaveText('Draft saved');
  // The next save takes longer than the way to the button; one that arrived after the draft was discarded would bring it back.
  await page.route('/fn/save_draft', () => undefined);
  const broken = page.waitForEvent('requestfailed', (request) => request.url().endsWith('/fn/save_draft'));
  await page.getByLabel('Title').fill('Not yet sure');
  await expect(status).toHaveText('Saving…');
  await page.getByRole('button', { name: 'Discard draft' }).click();
  expect((await broken).failure()?.errorText).toContain('ERR_ABORTED');
  await expect(page.getByLabel('Title')).toHaveValue('');
});

test('a draft is discarded after the save under way', async ({ page }) => {
  const title = page.getByLabel('Title');
  const status = page.locator('[data-draft-status]');
  await title.fill('Not yet');
  await expect(status).toHaveText('Draft saved');
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route('/fn/save_draft', async (route) => {
    await held;
    await route.continue();
  });
  await title.fill('Not yet sure');
  await expect(status).toHaveText('Saving…');
  const saved = page.waitForResponse('/fn/save_draft');
  await page.getByRole('button', { name: 'Discard draft' }).click();
  letGo();
  expect((await saved).status()).toBe(200);
  await expect(title).toHaveValue('');
  await page.goto('/tickets/new');
  await expect(title, 'it is gone on the server, too').toHaveValue('');
});

test('a draft that is not saved says why, and is saved by itself', async ({ page, guard }) => {
  guard.allowBroken();
  const status = page.locator('[data-draft-status]');
  const answers = [
    { status: 503, words: 'Not saved: the desk cannot save anything at the moment. Trying again.' },
    { status: 500, words: 'Not saved: something went wrong on our side. Trying again.' },
    { status: 0, words: 'Not saved: the server cannot be reached. Trying again.' },
  ];
  for (const { status: code } of answers) if (code > 0) guard.expect(code);
  for (const { status: code, words } of answers) {
    await page.route('/fn/save_draft', (route) => (code > 0 ? route.fulfill({ status: code, json: {} }) : route.abort()));
    await page.getByLabel('Title').fill(`After ${code}`);
    await expect(status).toHaveText(words);
    await page.unroute('/fn/save_draft');
    await expect(status).toHaveText('Draft saved');
  }
});
