// Who is signed in, for the admin's pages.
import { getSession, signIn, signOut, type Session } from './api/admin';
import { ApiError } from './api/client';

class Admin {
  session = $state.raw<Session | undefined>(); // undefined: not asked yet

  get isIn(): boolean {
    return this.session?.account != null;
  }
  get mayEnter(): boolean {
    return this.session?.role === 'editor' || this.session?.role === 'admin';
  }

  async load(): Promise<void> {
    this.session = await getSession();
  }
  async enter(email: string, password: string): Promise<void> {
    this.session = await signIn(email, password);
  }
  async leave(): Promise<void> {
    await signOut();
    await this.load();
  }

  // An expired session shows the form again, in place of the page.
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'sign_in_required') await this.load();
      throw error;
    }
  }
}

export const admin = new Admin();
