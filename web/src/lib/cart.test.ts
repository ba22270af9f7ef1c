import { describe, expect, it } from 'vitest';
import { cartRequest, clampQuantity, kCartLinesMax, parseCart, totalOf, withAnswer, without, withLine, withQuantity, type CartLine } from './cart';

const lamp: CartLine = { productId: 'lamp', variant: null, title: 'Lamp', variantTitle: null, imageUrl: null, quantity: 1, price: 10.1, currency: 'EUR' };
const shirt: CartLine = { ...lamp, productId: 'shirt', variant: 'm', title: 'Shirt', variantTitle: 'Medium' };

describe('a cart', () => {
  it('is kept as it was', () => {
    expect(parseCart(JSON.stringify([lamp, shirt]))).toEqual([lamp, shirt]);
  });

  it.each(['', '{', '{}', '7', '[null, 1, "x", {"productId": 7}, {"productId": "a", "price": "1", "currency": "EUR", "quantity": 1}]'])(
    'is empty when what is stored is not one: %s',
    (stored) => {
      expect(parseCart(stored)).toEqual([]);
    },
  );

  it('takes more of the same, and another variant as a line of its own', () => {
    const once = withLine([], shirt);
    expect(withLine(once, { ...shirt, price: 12 })).toEqual([{ ...shirt, quantity: 2, price: 12 }]);
    expect(withLine(once, { ...shirt, variant: 's' })).toHaveLength(2);
  });

  it('is bounded', () => {
    const full = Array.from({ length: kCartLinesMax }, (_, i) => ({ ...lamp, productId: String(i) }));
    expect(withLine(full, lamp)).toEqual(full);
    expect(withQuantity([lamp], lamp, 1e9)[0]?.quantity).toBe(999);
    expect(clampQuantity(Number.NaN)).toBe(1);
    expect(clampQuantity(-3)).toBe(1);
  });

  it('follows the catalogue, but not what is gone', () => {
    const now = { product_id: 'lamp', variant: null, title: 'Lampe', variant_title: null, image_url: null, quantity: 1, price: 12, currency: 'EUR', available: 3 };
    expect(withAnswer([lamp, shirt], [{ ...now, problem: 'price_changed' }])).toEqual([{ ...lamp, title: 'Lampe', price: 12 }, shirt]);
    expect(withAnswer([lamp], [{ ...now, title: '', problem: 'product_gone' }])).toEqual([lamp]);
    expect(without([lamp, shirt], [lamp])).toEqual([shirt]);
  });

  it('adds up in whole cents', () => {
    expect(totalOf([{ price: 0.1, quantity: 3 }], 'EUR')).toBe(0.3);
    expect(totalOf([{ price: 1200, quantity: 2 }], 'JPY')).toBe(2400);
    expect(totalOf([lamp, shirt], 'nonsense')).toBe(20.2);
  });

  it('asks for what the shopper saw', () => {
    expect(cartRequest([shirt], 'de')).toEqual({ currency: 'EUR', lang: 'de', lines: [{ product_id: 'shirt', variant: 'm', quantity: 1, price: 10.1 }] });
  });
});
