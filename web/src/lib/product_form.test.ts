import { describe, expect, it } from 'vitest';
import type { EditableProduct } from './api/admin_products';
import { emptyForm, faultsOf, formOf, isChanged, newProduct, patchOfForm } from './product_form';

const product = (fields: object): EditableProduct => ({ product: { id: 'a', ...fields } }) as unknown as EditableProduct;

describe('the form of a product', () => {
  it('has a title and a description for each language that the product has', () => {
    const form = formOf(product({ title: 'Lamp', texts: { de: { title: 'Lampe', description: 'Hell' } }, category: ['Home', 'Lamps'], price: '12.50', currency: 'EUR', stock: 3 }));
    expect(form.texts).toEqual([{ lang: '', title: 'Lamp', description: '' }, { lang: 'de', title: 'Lampe', description: 'Hell' }]);
    expect([form.category, form.price, form.stock]).toEqual(['Home > Lamps', '12.50', '3']);
    expect(formOf(product({ texts: { ja: { title: 'ランプ' } } })).texts.map((one) => one.lang)).toEqual(['ja']);
  });

  it('changes what was changed and nothing else', () => {
    const before = formOf(product({ texts: { en: { title: 'Lamp' }, de: { title: 'Lampe' } }, price: '12.50', currency: 'EUR', brand: 'B' }));
    const form = structuredClone(before);
    expect(patchOfForm(form, before)).toEqual({});
    form.price = '9,90';
    form.brand = ' ';
    expect(patchOfForm(form, before)).toEqual({ price: '9.90', brand: null });
    form.texts[1] = { lang: 'de', title: '', description: 'x' };
    expect(patchOfForm(form, before)).toMatchObject({ texts: { en: { title: 'Lamp' }, de: null } });
  });

  it('has texts as they read, whatever they look like in HTML', () => {
    const before = formOf(product({ title: '&lt;b>A&lt;/b> &amp;amp; B', price: '1.00', currency: 'EUR' }));
    expect(before.texts[0]?.title).toBe('<b>A</b> &amp; B');
    expect(isChanged(structuredClone(before), before)).toBe(false);
    const form = structuredClone(before);
    form.texts[0] = { lang: '', title: 'A < B & C', description: '' };
    expect(patchOfForm(form, before)).toEqual({ title: 'A &lt; B &amp; C' });
    expect(isChanged(form, before)).toBe(true);
  });

  it('names the fields that cannot be read', () => {
    expect(faultsOf({ ...emptyForm(''), price: '12' })).toEqual({ id: 'needsId', title: 'needsTitle', currency: 'badCurrency' });
    expect(faultsOf({ ...emptyForm('EUR'), id: 'a', texts: [{ lang: '', title: 'A', description: '' }], price: 'x', stock: 'y' })).toEqual({ price: 'badPrice', stock: 'badStock' });
    expect(faultsOf({ ...emptyForm(''), id: 'a', texts: [{ lang: '', title: 'A', description: '' }] })).toEqual({});
  });

  it('makes a new product of what was filled in', () => {
    expect(newProduct({ ...emptyForm('eur'), id: 'a', texts: [{ lang: '', title: 'A', description: '' }], price: '5' })).toEqual({ title: 'A', price: '5', currency: 'EUR' });
  });
});
