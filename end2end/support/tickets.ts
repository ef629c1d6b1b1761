// Short ways through the customer's pages.

import { expect, type Page } from '@playwright/test';
import type { NewFile } from './desk';

export const fileField = (page: Page) => page.locator('input[type=file]');
/** The rows that script shows for chosen files. */
export const fileRow = (page: Page, name: string) =>
  page.getByRole('list', { name: 'Chosen files' }).getByRole('listitem').filter({ hasText: name });

/** Goes to the form for a new ticket; with script, waits until the uploader is alive. */
export async function openForm(page: Page, hasScript: boolean): Promise<void> {
  await page.goto('/tickets/new');
  if (hasScript) await expect(page.locator('.on-touch')).toHaveClass(/is-live/);
}

export type Draft = { title: string; description?: string; priority?: string; category?: string; files?: NewFile[] };

export async function fillForm(page: Page, draft: Draft): Promise<void> {
  await page.getByLabel('Title').fill(draft.title);
  await page.getByLabel('Description').fill(draft.description ?? 'It is as the title says.');
  if (draft.priority !== undefined) await page.getByLabel('Priority').selectOption(draft.priority);
  if (draft.category !== undefined) await page.getByLabel('Category').selectOption(draft.category);
  if (draft.files !== undefined) await fileField(page).setInputFiles(draft.files);
}

export const send = (page: Page) => page.getByRole('button', { name: 'Open ticket' }).click();

/** Opens a ticket and gives its number. */
export async function openTicket(page: Page, hasScript: boolean, draft: Draft): Promise<number> {
  await openForm(page, hasScript);
  await fillForm(page, draft);
  await send(page);
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  return Number(new URL(page.url()).pathname.split('/').pop());
}

/** Downloads these files from a ticket's page; they are what was sent, in name and bytes. */
export async function expectDownloads(page: Page, files: NewFile[]): Promise<void> {
  for (const { name, buffer } of files) {
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: `Download ${name}` }).last().click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(name);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(buffer), `${name} comes back byte for byte`).toBe(true);
  }
}
