// What holds on every page: nothing for axe to find, and nothing that scrolls sideways.

import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';
import type { AxeResults, RunOptions } from 'axe-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const COLOURS = ['color-contrast', 'link-in-text-block'];

/** What sticks out to the right, of the page, of its card or of itself. */
async function sideways(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    const name = (element: Element) => `${element.tagName.toLowerCase()}.${element.className}`;
    const outOf = (around: Element, right: number) =>
      [...around.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > right + 1);
    const scrolls = Math.max(root.scrollWidth, document.body.scrollWidth) > root.clientWidth;
    const ofPage = scrolls ? outOf(document.body, root.clientWidth).slice(-5) : [];
    const ofCards = [...document.querySelectorAll('.card')]
      .flatMap((card) => outOf(card, card.getBoundingClientRect().right))
      .filter((element) => element.matches('table, form, ul, ol, dl'));
    // Words wider than what they stand in, which shows them all the same. The buttons of a cell are larger to a finger than to the eye.
    const spills = [...document.querySelectorAll<HTMLElement>('main :not(td)')].filter((element) => {
      const { display, overflowX } = getComputedStyle(element);
      const isShown = element.checkVisibility() && element.clientWidth > 0;
      return isShown && display !== 'inline' && overflowX === 'visible' && element.scrollWidth > element.clientWidth + 1;
    });
    return [
      ...ofPage.map((element) => `${name(element)} of the page`),
      ...ofCards.map((element) => `${name(element)} of its card`),
      ...spills.map((element) => `what is in ${name(element)}, ${element.scrollWidth - element.clientWidth} px`),
    ];
  });
}

/** Waits until what was changed is laid out and drawn, and colours that fade have arrived. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    // A browser that is short of time draws nothing for a while, and what fades ends when it draws. Layout and colours are asked for anyway.
    const orSoon = (drawn: Promise<unknown>) => Promise.race([drawn, new Promise((done) => setTimeout(done, 3000))]);
    await orSoon(new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await orSoon(Promise.all(fading.map((transition) => transition.finished.catch(() => undefined))));
  });
}

/** What axe finds. It is loaded into the page once, and looks for nothing but what is wrong. */
async function violations(page: Page, options: RunOptions): Promise<AxeResults['violations']> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async (options) => {
    const { axe } = window as never as { axe: typeof import('axe-core') };
    return (await axe.run(document, { ...options, resultTypes: ['violations'] })).violations;
  }, options);
}

/** Looks at the page on a desk and on phones, light and dark. */
export async function inspect(page: Page): Promise<void> {
  const before = page.viewportSize();
  const path = new URL(page.url()).pathname;
  for (const width of [360, 390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    // From the top: what has just been scrolled below the head of the page is no smaller for that.
    await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }));
    await settled(page);
    expect.soft(await sideways(page), `nothing of ${path} scrolls sideways at ${width}`).toEqual([]);
    if (width === 360) continue;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await settled(page);
      // The dark page is the light one in other colours.
      const runOnly = colorScheme === 'light' ? { type: 'tag', values: RULES } : { type: 'rule', values: COLOURS };
      const found = (await violations(page, { runOnly } as RunOptions)).flatMap(({ id, help, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${help}\n  ${html}\n  ${failureSummary}`),
      );
      expect.soft(found, `axe on ${path}, ${colorScheme} at ${width}`).toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  if (before !== null) await page.setViewportSize(before);
}
