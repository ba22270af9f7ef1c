// What went wrong with a password or an address, in the visitor's language.
import { ApiError } from './api/client';
import { failureText } from './failures';
import { i18n } from './i18n/index.svelte';
import { accountTexts } from './i18n/account';

export function accountFault(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  const t = accountTexts.t;
  // Some codes are of shops that send mail only.
  switch (error.code as string) {
    case 'bad_link':
      return t.badLink;
    case 'email_unverified':
      return t.unverified;
    case 'wrong_password':
      return t.wrongPassword;
    case 'account_exists':
      return t.accountExists;
    case 'bad_email':
      return t.badEmail;
    case 'bad_password':
    case 'bad_parameter':
      return t.badPassword;
    case 'too_many_attempts':
      return t.tooMany;
    case 'last_admin':
      return t.lastAdmin;
    case 'sign_in_required':
      return t.expired;
    default:
      return failureText(error.code, i18n.t);
  }
}
