// What only script can do with files: take them by drop and paste, show how far they are, stop, and lose nothing.

import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { CDPSession } from '@playwright/test';
import { brokenDocx, exe, hugePng, largePng, MEGABYTE, pdf, png } from '../support/files';
import type { NewFile } from '../support/desk';
import { expect, logIn, test, type Page } from '../support/test';
import { fileField, fileRow, fillForm, openForm, send } from '../support/tickets';

const text = { title: 'Half a page', description: 'The rest is white.' };

test.beforeEach(async ({ page, customer }) => {
  await logIn(page, customer.pin);
  await openForm(page, true);
});

/** Fires what the browser fires when files are dropped or pasted. */
async function give(page: Page, event: 'drop' | 'paste', files: NewFile[]): Promise<void> {
  const plain = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, bytes: buffer.toString('base64') }));
  await page.evaluate(
    ({ event, plain }) => {
      const transfer = new DataTransfer();
      for (const { name, mimeType, bytes } of plain) {
        const data = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([data], name, { type: mimeType }));
      }
      const zone = document.querySelector('.dropzone') ?? document.body;
      const options = { bubbles: true, cancelable: true };
      if (event === 'drop') {
        zone.dispatchEvent(new DragEvent('dragover', { ...options, dataTransfer: transfer }));
        zone.dispatchEvent(new DragEvent('drop', { ...options, dataTransfer: transfer }));
      } else {
        document.body.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: transfer }));
      }
    },
    { event, plain },
  );
}

/** One session for each page: what another one set would go on slowing down. */
const sessions = new WeakMap<Page, CDPSession>();

/** A line as slow as a phone's in a cellar. */
async function slowDown(page: Page, bytesASecond: number): Promise<void> {
  const browser = sessions.get(page) ?? (await page.context().newCDPSession(page));
  sessions.set(page, browser);
  await browser.send('Network.enable');
  await browser.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 20,
    downloadThroughput: -1,
    uploadThroughput: bytesASecond,
  });
}

test('files come by drop and by paste too', async ({ page }) => {
  await give(page, 'drop', [pdf(), exe()]);
  await give(page, 'paste', [png('image.png')]);
  // Pictures from the clipboard are all called the same.
  await give(page, 'paste', [png('image.png')]);
  await expect(fileRow(page, 'setup.exe')).toContainText('is not a PDF, JPG, PNG or DOCX file');
  await expect(fileRow(page, 'image (2).png')).toBeVisible();
  await page.getByRole('button', { name: 'Remove setup.exe' }).click();
  await fillForm(page, text);
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  for (const name of ['invoice.pdf', 'image.png', 'image (2).png']) {
    await expect(page.getByRole('link', { name: `Open ${name}`, exact: true })).toBeVisible();
  }
});

test('what is refused after the button was pressed was not seen: nothing is sent', async ({ page }) => {
  await fillForm(page, text);
  // In one breath: the look at the file is not over when the form is sent.
  const bytes = [...exe().buffer];
  await page.evaluate((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], 'setup.exe', { type: 'application/pdf' }));
    const field = document.querySelector<HTMLInputElement>('input[name="attachments"]')!;
    field.files = transfer.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
    field.form!.requestSubmit();
  }, bytes);
  await expect(page.getByText('Nothing was sent: a file cannot be taken.')).toBeVisible();
  await expect(fileRow(page, 'setup.exe')).toContainText('is not a PDF, JPG, PNG or DOCX file');
  await expect(fileRow(page, 'setup.exe')).not.toHaveAttribute('aria-busy', 'true');
  await page.getByRole('button', { name: 'Remove setup.exe' }).click();
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: /^Open / })).toHaveCount(0);
});

test('a bar for each file moves, and nothing can be changed under way', async ({ page }) => {
  await fillForm(page, { ...text, files: [largePng('first.png', MEGABYTE), largePng('second.png', MEGABYTE)] });
  await slowDown(page, 400 * 1024);
  await page.evaluate(() => {
    const seen: Record<string, number[]> = {};
    Object.assign(window, { seen });
    const look = () => {
      for (const bar of document.querySelectorAll('progress')) {
        const values = (seen[bar.getAttribute('aria-label') ?? ''] ??= []);
        if (values.at(-1) !== bar.value) values.push(bar.value);
      }
      requestAnimationFrame(look);
    };
    look();
  });
  await send(page);
  await expect(page.getByRole('progressbar', { name: 'first.png' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Open ticket' })).toHaveAttribute('aria-busy', 'true');
  await expect(page.getByRole('button', { name: 'Remove first.png' })).toBeDisabled();
  const seen = () => page.evaluate(() => (window as unknown as { seen: Record<string, number[]> }).seen);
  // Somewhere in between, and not only at both ends.
  await expect.poll(async () => ((await seen())['first.png'] ?? []).filter((value) => value > 0 && value < 100).length).toBeGreaterThan(1);
  const values = await seen();
  expect(values['first.png'], 'it never goes back').toEqual([...values['first.png']].sort((a, b) => a - b));
  await expect(page).toHaveURL(/\/tickets\/\d+$/, { timeout: 30_000 });
});

test('sending can be stopped, and goes on from there', async ({ page, guard, desk, customer }) => {
  guard.allowBroken();
  await fillForm(page, { ...text, files: [largePng('large.png', 2 * MEGABYTE)] });
  await slowDown(page, 100 * 1024);
  await send(page);
  await page.getByRole('button', { name: 'Stop sending' }).click();
  await expect(page.getByText('Stopped. What you wrote and chose stays here.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Stop sending' })).toBeHidden();
  await expect(page.getByLabel('Title')).toHaveValue(text.title);
  await expect(fileRow(page, 'large.png')).toBeVisible();
  const client = await desk.client(await desk.pin(customer.username));
  expect(await client.tickets()).toEqual([]);
  await slowDown(page, -1);
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  expect((await client.tickets()).map(({ attachments }) => attachments.length)).toEqual([1]);
});

test('a broken connection loses nothing', async ({ page, guard, context }) => {
  guard.allowBroken();
  await fillForm(page, { ...text, files: [pdf(), png()] });
  await context.setOffline(true);
  await send(page);
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached. What you wrote and chose stays here.');
  await expect(page.getByLabel('Description')).toHaveValue(text.description);
  await expect(fileRow(page, 'invoice.pdf')).toBeVisible();
  await expect(fileRow(page, 'stripes.png')).toBeVisible();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open stripes.png' })).toBeVisible();
});

test('pressing twice makes one ticket', async ({ page, desk, customer }) => {
  await fillForm(page, { ...text, files: [pdf()] });
  await page.getByRole('button', { name: 'Open ticket' }).dblclick();
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  const client = await desk.client(await desk.pin(customer.username));
  expect((await client.tickets()).length).toBe(1);
});

test('a session that ended meanwhile loses nothing either', async ({ page, guard, desk, customer, context }) => {
  guard.expect(401);
  await fillForm(page, { ...text, files: [pdf()] });
  await desk.call(['session', 'end', customer.username]);
  await send(page);
  await expect(page.getByRole('alert')).toContainText('You are logged out by now');
  const opening = context.waitForEvent('page');
  await page.getByRole('link', { name: 'Log in in a new tab' }).click();
  const tab = await opening;
  await logIn(tab, await desk.pin(customer.username));
  await tab.close();
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open invoice.pdf' })).toBeVisible();
});

test('what the desk takes later is sent again as it is', async ({ page, guard }) => {
  const answers = [
    { status: 429, json: { error: 'too_many_requests', retry_after: 12 }, words: 'more than the desk takes from one session. Try again in 12 s.' },
    { status: 503, json: { error: 'unavailable' }, words: 'The desk cannot look up or save anything at the moment.' },
  ];
  await fillForm(page, { ...text, files: [pdf()] });
  for (const { status, json, words } of answers) {
    guard.expect(status);
    await page.route('/fn/create_ticket', (route) => route.fulfill({ status, json }), { times: 1 });
    await page.getByRole('button', { name: /Open ticket|Try again/ }).first().click();
    await expect(page.getByRole('alert')).toContainText(words);
    await expect(page.getByRole('alert')).toContainText('What you wrote and chose stays here.');
  }
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open invoice.pdf' })).toBeVisible();
});

test('files that come while the form is being sent stay', async ({ page, guard }) => {
  guard.allowBroken();
  await fillForm(page, { ...text, files: [largePng('large.png', 2 * MEGABYTE)] });
  await slowDown(page, 100 * 1024);
  await send(page);
  await expect(page.getByRole('progressbar', { name: 'large.png' })).toBeVisible();
  await fileField(page).setInputFiles(pdf('chosen.pdf'));
  await give(page, 'drop', [pdf('dropped.pdf')]);
  await give(page, 'paste', [png('pasted.png')]);
  for (const name of ['chosen.pdf', 'dropped.pdf', 'pasted.png']) {
    await expect(fileRow(page, name)).toContainText('not being sent');
  }
  await page.getByRole('button', { name: 'Remove dropped.pdf' }).click();
  await page.getByRole('button', { name: 'Stop sending' }).click();
  await expect(fileRow(page, 'chosen.pdf')).not.toContainText('not being sent');
  await slowDown(page, -1);
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  for (const name of ['large.png', 'chosen.pdf', 'pasted.png']) {
    await expect(page.getByRole('link', { name: `Open ${name}` })).toBeVisible();
  }
  await expect(page.getByText('dropped.pdf')).toHaveCount(0);
});

test('why a file is refused is said, by the browser and by the desk', async ({ page, guard }) => {
  guard.expect(400);
  const said = page.locator('.uploader').getByRole('status');
  await fillForm(page, { ...text, files: [exe(), brokenDocx()] });
  const look = '"setup.exe" is not a PDF, JPG, PNG or DOCX file.';
  await expect(said).toContainText(look);
  await expect(page.getByRole('button', { name: 'Remove setup.exe' })).toHaveAccessibleDescription(new RegExp(look));
  await page.getByRole('button', { name: 'Remove setup.exe' }).click();
  await expect(said).toBeEmpty();
  await send(page);
  const judged = '"broken.docx" is not a whole Word document.';
  await expect(said).toContainText(judged);
  await expect(page.getByRole('button', { name: 'Remove broken.docx' })).toBeFocused();
  await expect(page.getByRole('button', { name: 'Remove broken.docx' })).toHaveAccessibleDescription(new RegExp(judged));
});

test('a refusal of a field is shown at the field, and goes when it is mended', async ({ page, guard }) => {
  guard.expect(400);
  await fillForm(page, { title: '   ', description: text.description, files: [pdf()] });
  await send(page);
  await expect(page.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Title')).toBeFocused();
  await expect(page.getByLabel('Title')).toHaveAccessibleDescription(/.+\..+/);
  await page.getByLabel('Title').fill(text.title);
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
});


test('only good files of a form with a bad one are sent', async ({ page, guard }) => {
  guard.expect(400);
  await fillForm(page, { ...text, files: [brokenDocx('a.docx'), brokenDocx('b.docx'), pdf()] });
  await send(page);
  await expect(fileRow(page, 'a.docx')).toContainText('is not a whole Word document');
  // The refused one is known now; the next answer is about the other.
  await send(page);
  await expect(fileRow(page, 'b.docx')).toContainText('is not a whole Word document');
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open invoice.pdf' })).toBeVisible();
});

for (const [what, change] of Object.entries({
  changed: (path: string) => {
    writeFileSync(path, Buffer.concat([pdf('report.pdf', 'Second thoughts').buffer, Buffer.alloc(100, 32)]));
    utimesSync(path, new Date(), new Date(Date.now() + 60_000));
  },
  gone: (path: string) => rmSync(path),
})) {
  test(`a file that is ${what} since it was chosen is named, the rest stays`, async ({ page, guard }, info) => {
    guard.allowBroken();
    const path = info.outputPath('report.pdf');
    writeFileSync(path, pdf('report.pdf', 'First thoughts').buffer);
    await fillForm(page, text);
    await fileField(page).setInputFiles(path);
    await expect(fileRow(page, 'report.pdf')).toBeVisible();
    // Once a picture that came later is shown, the file was looked at.
    await fileField(page).setInputFiles(png());
    await expect(fileRow(page, 'stripes.png').locator('img')).toBeVisible();
    change(path);
    await send(page);
    const reason = '"report.pdf" changed after you chose it';
    await expect(fileRow(page, 'report.pdf')).toContainText(reason);
    await expect(page.getByRole('alert')).toContainText('Nothing was sent: a file changed.');
    await expect(page.getByText('The server cannot be reached')).toHaveCount(0);
    await expect(page.getByLabel('Description')).toHaveValue(text.description);
    await expect(fileRow(page, 'stripes.png')).not.toContainText('changed');
    // It is not left out without a word.
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(fileRow(page, 'report.pdf')).toContainText(reason);
    await expect(page).toHaveURL(/\/tickets\/new/);
    writeFileSync(path, pdf('report.pdf', 'Third thoughts').buffer);
    await fileField(page).setInputFiles(path);
    await expect(fileRow(page, 'report.pdf')).toHaveCount(1);
    await expect(fileRow(page, 'report.pdf')).not.toContainText(reason);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page).toHaveURL(/\/tickets\/\d+$/);
    for (const name of ['report.pdf', 'stripes.png']) {
      await expect(page.getByRole('link', { name: `Open ${name}` })).toBeVisible();
    }
  });
}

test('a file that changed can be left out on purpose', async ({ page, guard }, info) => {
  guard.allowBroken();
  const path = info.outputPath('report.pdf');
  writeFileSync(path, pdf().buffer);
  await fillForm(page, { ...text, files: [png()] });
  await fileField(page).setInputFiles(path);
  await expect(fileRow(page, 'report.pdf')).toBeVisible();
  rmSync(path);
  await send(page);
  await expect(fileRow(page, 'report.pdf')).toContainText('changed after you chose it');
  await page.getByRole('button', { name: 'Remove report.pdf' }).click();
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open stripes.png' })).toBeVisible();
  await expect(page.getByText('report.pdf')).toHaveCount(0);
});

test('a picture that would fill the memory is not shown', async ({ page }) => {
  await fillForm(page, { ...text, files: [hugePng(), png()] });
  await expect(fileRow(page, 'stripes.png').locator('img')).toBeVisible();
  await expect(fileRow(page, 'plan.png').locator('img')).toHaveCount(0);
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open stripes.png' }).locator('img')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open plan.png' }).locator('svg')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open plan.png' }).locator('img')).toHaveCount(0);
});

test('a button that is pressed before the form is alive does what it says', async ({ page, desk, customer }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'A slow line' });
  // The form's own code takes its time.
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(/write_form/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(`/tickets/${ticket.id}`);
  await expect(page.locator('.on-touch')).toHaveClass(/is-live/);
  await page.getByLabel('Your reply').fill('**soon**');
  await fileField(page).setInputFiles(pdf('early.pdf'));
  await page.getByRole('button', { name: 'Preview' }).click();
  letGo();
  await expect(page.locator('.preview strong')).toHaveText('soon');
  await expect(fileRow(page, 'early.pdf')).toBeVisible();
  await expect(page.locator('[data-draft-status]'), 'what was typed before counts').toHaveText('Draft saved');
});

test('a form that is sent before it is alive waits for that, and not for long', async ({ page, desk, customer }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'A line that ends' });
  const documents: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.resourceType() === 'document') documents.push(request.url());
  });
  const reply = async (words: string) => {
    await page.goto(`/tickets/${ticket.id}`);
    await expect(page.locator('.on-touch')).toHaveClass(/is-live/);
    await page.getByLabel('Your reply').fill(words);
    await page.getByRole('button', { name: 'Send reply' }).click();
    await expect(page.locator('.entries > li').filter({ hasText: words })).toHaveCount(1);
  };
  await page.route(/write_form/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await reply('It came late');
  expect(documents, 'the form itself was not sent').toEqual([]);
  await page.unroute(/write_form/);
  await page.route(/write_form/, () => undefined);
  await reply('It never came');
  expect(documents.length, 'sent as a plain form').toBe(1);
});

test('a change of the text that cannot be sent stays in its form', async ({ page, guard, context, desk, customer }) => {
  guard.allowBroken();
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'As it was' });
  await page.goto(`/tickets/${ticket.id}?edit=1`);
  const form = page.locator('form:has(#title)');
  await page.getByLabel('Title').fill('As it is');
  await expect(form).toHaveAttribute('data-alive');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(form.getByRole('alert')).toContainText('The server cannot be reached.');
  await expect(page.getByLabel('Title')).toHaveValue('As it is');
  await context.setOffline(false);
  await form.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'As it is' })).toBeVisible();
  expect((await client.tickets()).map(({ title }) => title)).toEqual(['As it is']);
});
