// Signing in and the account, as functions.
import { get, send } from './client';
import type { components } from './schema';

export type Session = components['schemas']['Session'];

export const getSession = (): Promise<Session> => get('/api/v1/session', {});
export const signIn = (email: string, password: string): Promise<Session> => send('POST', '/api/v1/session', { email, password });
export const signOut = (): Promise<void> => send('DELETE', '/api/v1/session');
export const signUp = (email: string, password: string): Promise<Session> => send('POST', '/api/v1/accounts', { email, password });
export const changePassword = (current: string, wanted: string): Promise<void> => send('POST', '/api/v1/account/password', { current, new: wanted });
export const exportAccount = (): Promise<object> => get('/api/v1/account/export', {});
export const deleteAccount = (): Promise<void> => send('DELETE', '/api/v1/account');
