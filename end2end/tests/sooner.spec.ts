// How soon a page can be read on a phone's line: 150 ms there and back, 1.6 Mbit/s, a processor four times as slow. Printed, not
// judged: machines differ. What is judged is why it is so soon: a first visit brings its style along, the next ones have it.

import type { Browser } from '@playwright/test';
import type { Cookie } from '../support/desk';
import { customerPages, enter } from '../support/filled';
import { test } from '../support/filled-test';
import { expect, logIn } from '../support/test';

const RUNS = 3;

/** Milliseconds until the first content is painted, in a browser that has nothing in its cache. */
async function firstPaint(browser: Browser, url: string, cookies: Cookie[]): Promise<number> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  await context.addCookies(cookies);
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  await client.send('Network.enable');
  const bytesPerSecond = (1.6 * 1024 * 1024) / 8;
  await client.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 150,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await client.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await page.goto(url);
  const paint = await page.evaluate(
    () =>
      new Promise<number>((resolve) =>
        new PerformanceObserver((list) => resolve(list.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN)).observe({
          type: 'paint',
          buffered: true,
        }),
      ),
  );
  await context.close();
  return paint;
}

test('how soon a first page can be read', async ({ browser, page, desk, filled, context }) => {
  test.slow();
  await enter(page, desk, filled);
  const cookies = (await context.cookies()).filter(({ name }) => name !== 'pindesk-style');
  const pages = customerPages(filled);
  const lines: string[] = [];
  for (const name of ['tickets', 'new ticket', 'ticket']) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) times.push(await firstPaint(browser, desk.url + pages[name], cookies));
    lines.push(`${name.padEnd(12)} ${times.sort((a, b) => a - b).map((time) => `${Math.round(time)} ms`).join(', ')}`);
    expect(times.every((time) => time > 0)).toBe(true);
  }
  console.log(`First content on a phone's line, cold:\n${lines.join('\n')}`);
});

test('the style comes with a first page, and is kept for the next', async ({ page, customer, context }) => {
  await logIn(page, customer.pin);
  await expect(page).toHaveURL('/tickets');
  await context.clearCookies({ name: 'pindesk-style' });
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.resourceType() === 'stylesheet') asked.push(request.url());
  });
  await page.goto('/tickets');
  await expect(page.locator('head style')).toHaveCount(1);
  await expect(page.locator('head link[rel=stylesheet]')).toHaveCount(0);
  expect(asked).toEqual([]);
  const colour = await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
  await page.goto('/tickets');
  await expect(page.locator('head style')).toHaveCount(0);
  await expect(page.locator('head link[rel=stylesheet]')).toHaveCount(1);
  expect(asked).toHaveLength(1);
  expect(await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor)).toBe(colour);
});
