// Files that are not taken: the reason stands where the file is, and nothing else is lost.

import { asWritten, brokenDocx, docx, exe, heic, jpg, largePng, MEGABYTE, pdf, png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { expectDownloads, fileRow, fillForm, openForm, send } from '../support/tickets';

const NOT_TAKEN = '"setup.exe" is not a PDF, JPG, PNG or DOCX file.';
const text = { title: 'Cannot install', description: 'The installer stops\nat half.' };

test.beforeEach(async ({ page, customer, hasScript }) => {
  await logIn(page, customer.pin);
  await openForm(page, hasScript);
});

test('a program is refused with its reason, the good files stay', async ({ page, guard, hasScript, desk, customer }) => {
  if (!hasScript) guard.expect(400);
  await fillForm(page, { ...text, priority: 'Urgent', files: [pdf(), exe(), png()] });
  if (hasScript) {
    await expect(fileRow(page, 'setup.exe')).toContainText(NOT_TAKEN);
    await expect(fileRow(page, 'invoice.pdf')).not.toContainText('not a PDF');
    await expect(fileRow(page, 'stripes.png').locator('img')).toBeVisible();
    await page.getByRole('button', { name: 'Remove setup.exe' }).click();
    await expect(fileRow(page, 'setup.exe')).toHaveCount(0);
  } else {
    await send(page);
    await expect(page.getByText(NOT_TAKEN)).toBeVisible();
    await expect(page.getByText('Please choose your files again.')).toBeVisible();
    await expect(page.getByLabel('Title')).toHaveValue(text.title);
    await expect(page.getByLabel('Description')).toHaveValue(text.description);
    await expect(page.getByLabel('Priority')).toHaveValue('Urgent');
    await page.locator('input[type=file]').setInputFiles([pdf(), png()]);
  }
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: 'Open invoice.pdf' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open stripes.png' })).toBeVisible();
  await expect(page.getByText('setup.exe')).toHaveCount(0);
  const tickets = await (await desk.client(await desk.pin(customer.username))).tickets();
  expect(tickets.map(({ title, attachments }) => [title, attachments.length])).toEqual([[text.title, 2]]);
});

test('a file that is too large is refused', async ({ page, guard, hasScript }) => {
  if (!hasScript) guard.expect(413);
  const reason = '"scan.png" is larger than 5 MB, the limit for one file.';
  await fillForm(page, { ...text, files: [largePng('scan.png', 5 * MEGABYTE + 1), pdf()] });
  if (!hasScript) await send(page);
  await expect(hasScript ? fileRow(page, 'scan.png') : page.getByRole('main')).toContainText(reason);
  await expect(page.getByLabel('Title')).toHaveValue(text.title);
});

test('a file of exactly 5 MB is taken', async ({ page }) => {
  await fillForm(page, { ...text, files: [largePng('scan.png', 5 * MEGABYTE)] });
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByText('PNG image · 5 MB')).toBeVisible();
});

test('an eleventh file is one too many', async ({ page, guard, hasScript }) => {
  if (!hasScript) guard.expect(400);
  const files = Array.from({ length: 11 }, (_, index) => pdf(`page-${index + 1}.pdf`));
  await fillForm(page, { ...text, files });
  const reason = '"page-11.pdf" is one file too many: a ticket takes 10 files at most.';
  if (!hasScript) {
    await send(page);
    await expect(page.getByText(reason)).toBeVisible();
    return;
  }
  await expect(fileRow(page, 'page-11.pdf')).toContainText(reason);
  // Taking one away makes room for the eleventh.
  await page.getByRole('button', { name: 'Remove page-3.pdf' }).click();
  await expect(fileRow(page, 'page-11.pdf')).not.toContainText('too many');
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('link', { name: /^Open page-\d+\.pdf$/ })).toHaveCount(10);
});

test('the name must agree with the bytes', async ({ page, guard, hasScript }) => {
  if (!hasScript) guard.expect(400);
  const reason = '"photo.png" is a JPG image by its content.';
  await fillForm(page, { ...text, files: [jpg('photo.png')] });
  if (!hasScript) await send(page);
  await expect(hasScript ? fileRow(page, 'photo.png') : page.getByRole('main')).toContainText(reason);
});

test('the cause of a refusal is named', async ({ page, guard, hasScript }) => {
  if (!hasScript) guard.expect(400);
  const reason = '"IMG_2041.HEIC" is not a PDF, JPG, PNG or DOCX file. It is a HEIC picture. Save it as JPG and attach that.';
  await fillForm(page, { ...text, files: [heic()] });
  if (!hasScript) await send(page);
  await expect(hasScript ? fileRow(page, 'IMG_2041.HEIC') : page.getByRole('main')).toContainText(reason);
});

test('the name of a refused file runs in its own direction', async ({ page, guard, hasScript }) => {
  if (!hasScript) guard.expect(400);
  await fillForm(page, { ...text, files: [exe('קובץ.exe')] });
  if (!hasScript) await send(page);
  await expect(page.locator('.uploader bdi').filter({ hasText: 'קובץ.exe' })).toBeVisible();
});

test('files come back as their programs wrote them', async ({ page, hasScript }) => {
  const files = asWritten();
  await fillForm(page, { ...text, files });
  if (hasScript) {
    for (const { name } of files) await expect(fileRow(page, name)).not.toContainText('is not');
  }
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expectDownloads(page, files);
});

test('what only the server can see is said at the file too', async ({ page, guard, hasScript, desk, customer }) => {
  guard.expect(400);
  const reason = '"broken.docx" is not a whole Word document.';
  await fillForm(page, { ...text, files: [docx(), brokenDocx(), pdf()] });
  await send(page);
  await expect(hasScript ? fileRow(page, 'broken.docx') : page.getByRole('main')).toContainText(reason);
  await expect(page.getByLabel('Description')).toHaveValue(text.description);
  const client = await desk.client(await desk.pin(customer.username));
  expect(await client.tickets(), 'a refused form leaves no ticket').toEqual([]);
  if (hasScript) {
    await expect(fileRow(page, 'steps.docx')).toBeVisible();
    await page.getByRole('button', { name: 'Remove broken.docx' }).click();
  } else {
    await page.locator('input[type=file]').setInputFiles([docx(), pdf()]);
  }
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByText('steps.docx', { exact: true })).toBeVisible();
});
