// What no page may do while a journey runs: warn or fail on the console, throw, or fail to load something of its own.

import { expect, type BrowserContext, type Request } from '@playwright/test';

/** A page opens its line to the server when it is alive, and a session may have ended just then. What comes over it has journeys. */
const isLine = (url: string) => new URL(url, 'http://site.example').pathname === '/live';

export class Guard {
  private readonly problems: string[] = [];
  /** Statuses of 400 and above that the journey means to see, and whether it saw them. */
  private readonly statuses = new Map<number, boolean>();
  private offline = false;

  /** The desks that are watched. */
  private readonly origins: string[];

  constructor(
    origin: string,
    private readonly hasScript: boolean,
  ) {
    this.origins = [origin];
  }

  /** The journey has a desk of its own, which is watched, too. */
  alsoAt(origin: string): void {
    this.origins.push(origin);
  }

  private isOurs(url: string): boolean {
    return this.origins.some((origin) => url.startsWith(origin));
  }

  /** The journey is about this refusal: it must come, and the browser may note it. */
  expect(status: number): void {
    if (!this.statuses.has(status)) this.statuses.set(status, false);
  }

  /** From now on requests may break off, because the journey breaks them off. */
  allowBroken(): void {
    this.offline = true;
  }

  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      const text = message.text();
      const status = /the server responded with a status of (\d+)/.exec(text);
      if (status !== null && this.statuses.has(Number(status[1]))) return;
      if (status?.[1] === '401' && isLine(message.location().url)) return;
      if (this.offline && /net::ERR_|blocked by CORS policy/.test(text)) return;
      // How soon is no matter of a journey: a busy machine takes longer than the few seconds that the browser allows.
      if (text.includes('was preloaded using link preload but not used')) return;
      this.problems.push(`console ${message.type()}: ${text} (${message.location().url}, on ${message.page()?.url()})`);
    });
    context.on('weberror', (error) => {
      const { message, stack } = error.error();
      // What fetched when the page was left; a request that failed otherwise is named below.
      if (message.includes('Failed to fetch')) return;
      // A page that is left again before it was shown, as by a second click, is shown without its transition.
      if (message.includes('Transition was skipped')) return;
      // The same in the words of Chromium 156, which says so of pages that run no script, too.
      if (message.includes('Transition was aborted because of invalid state')) return;
      this.problems.push(`uncaught: ${message} ${stack ?? ''}`);
    });
    context.on('response', (response) => {
      if (response.status() < 400 || !this.isOurs(response.url())) return;
      if (this.statuses.has(response.status())) {
        this.statuses.set(response.status(), true);
      } else if (response.status() !== 401 || !isLine(response.url())) {
        this.problems.push(`${response.status()} for ${response.request().method()} ${response.url()}`);
      }
    });
    context.on('requestfailed', (request) => {
      if (!this.isOurs(request.url()) || this.offline || this.isMeant(request)) return;
      this.problems.push(`${request.failure()?.errorText} for ${request.method()} ${request.url()}`);
    });
  }

  /**
   * A download ends the navigation that began it; a prefetch or picture ends with the page that wanted it. A browser without
   * script does not load script, and calls that `csp`.
   */
  private isMeant(request: Request): boolean {
    const reason = request.failure()?.errorText;
    // What is saved and said while a page is left outlives the page, and the browser does not tell it what came of it.
    // That it arrives is a journey of its own.
    if (reason === 'net::ERR_ABORTED' && /\/fn\/(save_draft|beat)$/.test(request.url())) return true;
    if (!this.hasScript && reason === 'csp' && request.url().endsWith('.js')) return true;
    // The second of two clicks on Log in goes before the first.
    if (reason === 'net::ERR_ABORTED' && /\?fn=(staff_)?login$/.test(request.url())) return true;
    return reason === 'net::ERR_ABORTED' && request.method() === 'GET';
  }

  check(): void {
    const unseen = [...this.statuses].filter(([, seen]) => !seen).map(([status]) => `no answer had the status ${status}`);
    expect([...this.problems, ...unseen], 'what went wrong on the way').toEqual([]);
  }
}
