import { describe, expect, it } from 'vitest';
import { countriesByName, faultsOf, fieldOf, kCountries, likelyCountry } from './checkout';

const whole = { name: 'Ada', email: 'ada@example.org', phone: '', street: 'Ring 1', street2: '', postal_code: '', city: 'Wien', region: '', country: 'AT', note: '' };

describe('the checkout form', () => {
  it('asks for what an order cannot do without', () => {
    expect(faultsOf(whole)).toEqual({});
    expect(faultsOf({ ...whole, name: '  ', country: '' })).toEqual({ name: 'needed', country: 'needed' });
    for (const email of ['ada', 'ada@', '@b', 'a b@c', 'a@b@c']) expect(faultsOf({ ...whole, email }), email).toEqual({ email: 'email' });
  });

  it('puts the server’s complaint at its field', () => {
    expect(fieldOf('bad_postal_code')).toBe('postal_code');
    expect(fieldOf('bad_cart')).toBeUndefined();
  });

  it('knows the countries, and guesses the shopper’s', () => {
    expect(new Set(kCountries).size).toBe(249);
    expect(countriesByName('de').find((country) => country.code === 'AT')?.name).toBe('Österreich');
    expect(likelyCountry(['en', 'x', 'de-CH'])).toBe('CH');
    expect(likelyCountry([])).toBe('');
  });
});
