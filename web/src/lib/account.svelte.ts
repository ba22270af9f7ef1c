// Who is signed in, in every tab. Visitors without an account cause no request: a mark in the browser's storage says whether there may be a session.
import * as api from './api/account';
import { ApiError, csrf } from './api/client';
import { favourites } from './favourites.svelte';
import { Stored } from './stored.svelte';

class AccountState {
  #mark = new Stored<boolean>('nozama.signed-in', (text) => text === 'true');
  #session = $state.raw<api.Session | undefined>();
  wasLost = $state(false); // the session ended without the visitor's doing

  // null = nobody; undefined = not known yet.
  get who(): api.Session['account'] | undefined {
    return this.#mark.value ? this.#session?.account : null;
  }

  get role(): api.Session['role'] {
    return this.who ? (this.#session?.role ?? null) : null;
  }

  get isStaff(): boolean {
    return this.role === 'editor' || this.role === 'admin';
  }

  async start(): Promise<void> {
    csrf.refresh = () => this.#load();
    if (!this.#mark.value) return;
    await this.#load();
    if (this.who) await favourites.join();
  }

  // Asks even where nothing says that there is a session: it may have begun elsewhere, by a link or at a provider. False when nobody is signed in.
  async find(): Promise<boolean> {
    return this.#begin(await api.getSession());
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#begin(await api.signIn(email, password));
  }

  // False when the address must be confirmed by mail first.
  async signUp(email: string, password: string): Promise<boolean> {
    return this.#begin(await api.signUp(email, password));
  }

  async resetPassword(token: string, password: string): Promise<void> {
    await this.#begin(await api.resetPassword(token, password));
  }

  async acceptAdminLink(token: string, email: string, password: string): Promise<void> {
    await this.#begin(await api.acceptAdminLink(token, email, password));
  }

  adopt(session: api.Session): Promise<boolean> {
    return this.#begin(session);
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.#end();
  }

  async remove(): Promise<void> {
    await api.deleteAccount();
    this.#end();
  }

  // True when the failure says that the session is over, which is now known.
  noteFailure(error: unknown): boolean {
    if (!(error instanceof ApiError) || error.code !== 'sign_in_required') return false;
    this.#end();
    this.wasLost = true;
    return true;
  }

  async #load(): Promise<void> {
    try {
      this.#take(await api.getSession());
      if (this.#session?.account === null) {
        this.#end();
        this.wasLost = true;
      }
    } catch {
      // the shop cannot be reached: the visitor is nobody until it can
    }
  }

  async #begin(session: api.Session): Promise<boolean> {
    if (session.account === null) {
      if (this.#mark.value) this.#end();
      return false;
    }
    this.wasLost = false;
    this.#take(session);
    this.#mark.value = true;
    await favourites.join();
    return true;
  }

  #take(session: api.Session): void {
    this.#session = session;
    csrf.token = session.csrf_token ?? '';
  }

  #end(): void {
    this.#session = undefined;
    csrf.token = '';
    this.#mark.value = false;
    favourites.leave();
  }
}

export const account = new AccountState();
