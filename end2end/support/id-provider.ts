// A provider of accounts: oidc-provider, which is certified, with a page of ours on which anybody says who they are.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

export type Account = { name: string; groups: string[] };

/** What of the library is used here; it has no types of its own. */
type Provider = {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>;
  Grant: new (of: { accountId: string; clientId: string }) => { addOIDCScope(scope: string): void; save(): Promise<string> };
};

const FORM = `<!doctype html><html lang="en"><title>Example ID</title><link rel="icon" href="data:,">
<form method="post"><label>Account <input name="account" autofocus></label> <button>Sign in</button></form></html>`;

export class IdProvider {
  /** Whether it answers who asks it with a code. */
  answersDesk = true;

  private constructor(
    private readonly server: Server,
    readonly accounts: Record<string, Account>,
  ) {}

  /** Starts one at its own address, for one client, who is sent back to one address. */
  static async start(
    issuer: string,
    client: { id: string; secret: string },
    redirect: string,
    accounts: Record<string, Account>,
  ): Promise<IdProvider> {
    const { Provider: New } = await import('oidc-provider');
    const provider: Provider = new New(issuer, {
      clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [redirect] }],
      claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'], email: ['email', 'email_verified'] },
      // The desk reads the ID token and asks for nothing else.
      conformIdTokenClaims: false,
      cookies: { keys: ['of this run'] },
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: () => ({
          sub: `id of ${id}`,
          preferred_username: id,
          email: `${id}@id.example`,
          email_verified: true,
          ...accounts[id],
        }),
      }),
      // Nobody is asked whether the desk may know who they are.
      loadExistingGrant: async ({ oidc }: { oidc: { session: { accountId: string }; client: { clientId: string } } }) => {
        const grant = new provider.Grant({ accountId: oidc.session.accountId, clientId: oidc.client.clientId });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    });
    const library = provider.callback();
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      if (path.startsWith('/interaction/')) void IdProvider.ask(provider, request, response);
      else if (path.startsWith('/token') && !started.answersDesk) request.socket.destroy();
      else library(request, response);
    });
    const started = new IdProvider(server, accounts);
    await new Promise<void>((ready) => server.listen(Number(new URL(issuer).port), '127.0.0.1', ready));
    return started;
  }

  private static async ask(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      response.setHeader('content-type', 'text/html');
      response.end(FORM);
      return;
    }
    const accountId = new URLSearchParams(await text(request)).get('account') ?? '';
    await provider.interactionFinished(request, response, { login: { accountId } });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
