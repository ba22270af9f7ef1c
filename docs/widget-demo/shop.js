// What a merchant's own pages do: keep a basket, and tell Nozama what of it was found by photo.
const shown = (id) => document.getElementById(id);
const basket = [];
let picked;

document.addEventListener('nozama-select', ({ detail: { product } }) => {
  picked = product;
  shown('picked-title').textContent = product.title;
  document.querySelector('nozama-similar').setAttribute('product', product.id);
  shown('picked').hidden = false;
});

shown('cart').addEventListener('click', () => {
  basket.push({ product_id: picked.id });
  shown('count').value = basket.length;
  shown('order').disabled = false;
  shown('said').textContent = `${picked.title} is in your basket.`;
  nozama.cart([{ product_id: picked.id }]);
});

shown('order').addEventListener('click', () => {
  nozama.order(basket.splice(0));
  shown('count').value = 0;
  shown('order').disabled = true;
  shown('said').textContent = 'Thank you! This is a demonstration: nothing was bought.';
});
