import { expect, it } from 'vitest';
import { mayTell } from './events';

it('says nothing of shoppers whose browser says no', () => {
  expect(mayTell({})).toBe(true);
  expect(mayTell({ doNotTrack: null, globalPrivacyControl: false })).toBe(true);
  expect(mayTell({ doNotTrack: '1' })).toBe(false);
  expect(mayTell({ globalPrivacyControl: true })).toBe(false);
});
