// Signing in and the account, as functions.
import { get, send } from './client';
import type { components } from './schema';

export type Session = components['schemas']['Session'];

export const getSession = (): Promise<Session> => get('/api/v1/session', {});
export const signIn = (email: string, password: string): Promise<Session> => send('POST', '/api/v1/session', { email, password });
export const signOut = (): Promise<void> => send('DELETE', '/api/v1/session');
export const signUp = (email: string, password: string): Promise<Session> => send('POST', '/api/v1/accounts', { email, password });
export const acceptAdminLink = (token: string, email: string, password: string): Promise<Session> => send('POST', '/api/v1/admin-link', { token, email, password });
export const changePassword = (current: string, wanted: string): Promise<void> => send('POST', '/api/v1/account/password', { current, new: wanted });
export const exportAccount = (): Promise<object> => get('/api/v1/account/export', {});
export const deleteAccount = (): Promise<void> => send('DELETE', '/api/v1/account');

// What needs the shop to send mail; its session says whether it does.
export const sendsMail = (session: Session): boolean => (session as { mail?: boolean }).mail === true;
export const askPasswordReset = (email: string): Promise<void> => send('POST', '/api/v1/password-reset', { email });
export const resetPassword = (token: string, password: string): Promise<Session> => send('POST', '/api/v1/password-reset/confirm', { token, password });
export const verifyEmail = (token: string): Promise<void> => send('POST', '/api/v1/email-verification', { token });
export const providerAddress = (returnTo: string): string => `/api/v1/session/oidc/start?${new URLSearchParams({ return_to: returnTo }).toString()}`;
