// The editor's form and the product behind it. No DOM.
import type { EditableProduct, ProductPatch } from './api/admin_products';
import { asHtml, fromHtml, readCategory, readPrice, readStock, type FieldFault } from './product_edits';

export interface ProductForm {
  id: string;
  texts: { lang: string; title: string; description: string }[]; // "" = of every language
  brand: string;
  category: string;
  price: string;
  currency: string;
  stock: string;
  url: string;
}
export type FormFault = FieldFault | 'needsId' | 'badCurrency';
export type FormField = 'id' | 'title' | 'price' | 'currency' | 'stock';
export type FormFaults = Partial<Record<FormField, FormFault>>;

export const emptyForm = (currency: string): ProductForm => ({
  id: '', texts: [{ lang: '', title: '', description: '' }], brand: '', category: '', price: '', currency, stock: '', url: '',
});

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

// As GET /api/v1/admin/products/{id} has it: plain texts, texts by language, the category as a list.
export function formOf({ product }: EditableProduct): ProductForm {
  const texts = Object.entries((product.texts ?? {}) as Record<string, { title?: string; description?: string }>).map(([lang, one]) => ({
    lang, title: fromHtml(one.title ?? ''), description: fromHtml(one.description ?? ''),
  }));
  if (product.title !== undefined || texts.length === 0) texts.unshift({ lang: '', title: fromHtml(text(product.title)), description: fromHtml(text(product.description)) });
  const category = Array.isArray(product.category) ? product.category.map(text).join(' > ') : text(product.category);
  return { id: text(product.id), texts, brand: text(product.brand), category, price: text(product.price), currency: text(product.currency), stock: text(product.stock), url: text(product.url) };
}

export function faultsOf(form: ProductForm): FormFaults {
  const faults: FormFaults = {};
  if (form.id.trim() === '') faults.id = 'needsId';
  if (form.texts.every((one) => one.title.trim() === '')) faults.title = 'needsTitle';
  if (form.price.trim() !== '' && readPrice(form.price) === undefined) faults.price = 'badPrice';
  if (form.price.trim() !== '' && !/^[A-Za-z]{3}$/.test(form.currency.trim())) faults.currency = 'badCurrency';
  if (form.stock.trim() !== '' && readStock(form.stock) === undefined) faults.stock = 'badStock';
  return faults;
}

const orNull = (value: string): string | null => (value.trim() === '' ? null : value.trim());
const htmlOrNull = (value: string): string | null => orNull(asHtml(value));

function membersOf(form: ProductForm): Record<string, unknown> {
  const texts: Record<string, unknown> = {};
  let plain: Record<string, unknown> = {};
  for (const one of form.texts) {
    const words = orNull(one.title) === null ? null : { title: htmlOrNull(one.title), description: htmlOrNull(one.description) };
    if (one.lang === '') plain = words ?? { title: null, description: null };
    else texts[one.lang] = words;
  }
  return {
    ...plain,
    ...(Object.keys(texts).length === 0 ? {} : { texts }),
    brand: orNull(form.brand),
    category: readCategory(form.category),
    price: readPrice(form.price) ?? null,
    currency: orNull(form.currency)?.toUpperCase() ?? null,
    stock: readStock(form.stock) ?? null,
    url: orNull(form.url),
  };
}

// What differs from the product as it was read; everything of a new one.
export function patchOfForm(form: ProductForm, before: ProductForm): ProductPatch {
  const was = membersOf(before);
  return Object.fromEntries(Object.entries(membersOf(form)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was[name])));
}

export const isChanged = (form: ProductForm, before: ProductForm): boolean => form.id !== before.id || Object.keys(patchOfForm(form, before)).length > 0;

// Without what is not said.
export const newProduct = (form: ProductForm): ProductPatch =>
  Object.fromEntries(Object.entries(membersOf(form)).filter(([, value]) => value !== null && value !== undefined));
