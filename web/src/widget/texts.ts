// What the elements say. Complete in every language: the compiler sees to it.
export interface Texts {
  choose: string;
  camera: string;
  hint: string;
  photo: string;
  cropHelp: string;
  region: (n: number) => string;
  everything: string;
  categories: string;
  searching: string;
  found: (n: number) => string;
  nothing: string;
  more: string;
  another: string;
  similar: string;
  retry: string;
  outOfStock: string;
  rated: (stars: string) => string;
  offline: string;
  unsupported: string;
  damaged: string;
  tooLarge: string;
  failed: string;
  closed: string;
}

const en: Texts = {
  choose: 'Search with a photo',
  camera: 'Take a photo',
  hint: 'or drop one here, or paste it',
  photo: 'Your photo',
  cropHelp: 'Part of the photo to search. Arrow keys move it, with Shift they change its size.',
  region: (n) => `Search part ${n} of the photo`,
  everything: 'Everything',
  categories: 'Categories',
  searching: 'Searching…',
  found: (n) => (n === 1 ? '1 product looks like your photo' : `${n} products look like your photo`),
  nothing: 'Nothing like this here. Try another part of the photo, or another photo.',
  more: 'Show more',
  another: 'Another photo',
  similar: 'Looks similar',
  retry: 'Try again',
  outOfStock: 'Out of stock',
  rated: (stars) => `${stars} of 5 stars`,
  offline: 'No connection to the shop. Your photo is kept: try again when you are online.',
  unsupported: 'This file is not a picture that the shop can read. JPEG, PNG and WebP work everywhere.',
  damaged: 'This picture is damaged and cannot be read.',
  tooLarge: 'This picture is too large.',
  failed: 'The search did not work. Try again in a moment.',
  closed: 'The search of this shop is not set up for this page.',
};

const de: Texts = {
  choose: 'Mit einem Foto suchen',
  camera: 'Foto aufnehmen',
  hint: 'oder hier ablegen oder einfügen',
  photo: 'Ihr Foto',
  cropHelp: 'Ausschnitt, nach dem gesucht wird. Pfeiltasten verschieben ihn, mit der Umschalttaste ändern sie seine Größe.',
  region: (n) => `Teil ${n} des Fotos suchen`,
  everything: 'Alles',
  categories: 'Kategorien',
  searching: 'Suche läuft …',
  found: (n) => (n === 1 ? '1 Produkt ähnelt Ihrem Foto' : `${n} Produkte ähneln Ihrem Foto`),
  nothing: 'Nichts Ähnliches gefunden. Versuchen Sie einen anderen Ausschnitt oder ein anderes Foto.',
  more: 'Mehr zeigen',
  another: 'Anderes Foto',
  similar: 'Sieht ähnlich aus',
  retry: 'Erneut versuchen',
  outOfStock: 'Nicht vorrätig',
  rated: (stars) => `${stars} von 5 Sternen`,
  offline: 'Keine Verbindung zum Shop. Ihr Foto bleibt erhalten: versuchen Sie es erneut, sobald Sie online sind.',
  unsupported: 'Diese Datei ist kein Bild, das der Shop lesen kann. JPEG, PNG und WebP gehen überall.',
  damaged: 'Dieses Bild ist beschädigt und kann nicht gelesen werden.',
  tooLarge: 'Dieses Bild ist zu groß.',
  failed: 'Die Suche hat nicht geklappt. Versuchen Sie es gleich noch einmal.',
  closed: 'Die Suche dieses Shops ist für diese Seite nicht eingerichtet.',
};

const fr: Texts = {
  choose: 'Chercher avec une photo',
  camera: 'Prendre une photo',
  hint: 'ou déposez-la ici, ou collez-la',
  photo: 'Votre photo',
  cropHelp: 'Partie de la photo à chercher. Les flèches la déplacent ; avec Maj, elles changent sa taille.',
  region: (n) => `Chercher la partie ${n} de la photo`,
  everything: 'Tout',
  categories: 'Catégories',
  searching: 'Recherche en cours…',
  found: (n) => (n <= 1 ? `${n} produit ressemble à votre photo` : `${n} produits ressemblent à votre photo`),
  nothing: 'Rien de semblable ici. Essayez une autre partie de la photo ou une autre photo.',
  more: 'En voir plus',
  another: 'Autre photo',
  similar: 'Articles ressemblants',
  retry: 'Réessayer',
  outOfStock: 'Épuisé',
  rated: (stars) => `${stars} étoiles sur 5`,
  offline: 'Pas de connexion à la boutique. Votre photo est conservée : réessayez une fois en ligne.',
  unsupported: "Ce fichier n'est pas une image que la boutique sait lire. JPEG, PNG et WebP fonctionnent partout.",
  damaged: 'Cette image est endommagée et illisible.',
  tooLarge: 'Cette image est trop grande.',
  failed: "La recherche n'a pas fonctionné. Réessayez dans un instant.",
  closed: "La recherche de cette boutique n'est pas configurée pour cette page.",
};

const es: Texts = {
  choose: 'Buscar con una foto',
  camera: 'Hacer una foto',
  hint: 'o suéltela aquí, o péguela',
  photo: 'Su foto',
  cropHelp: 'Parte de la foto que se busca. Las flechas la mueven; con Mayús cambian su tamaño.',
  region: (n) => `Buscar la parte ${n} de la foto`,
  everything: 'Todo',
  categories: 'Categorías',
  searching: 'Buscando…',
  found: (n) => (n === 1 ? '1 producto se parece a su foto' : `${n} productos se parecen a su foto`),
  nothing: 'No hay nada parecido. Pruebe con otra parte de la foto o con otra foto.',
  more: 'Ver más',
  another: 'Otra foto',
  similar: 'Productos parecidos',
  retry: 'Reintentar',
  outOfStock: 'Agotado',
  rated: (stars) => `${stars} de 5 estrellas`,
  offline: 'Sin conexión con la tienda. Su foto se conserva: reintente cuando tenga conexión.',
  unsupported: 'Este archivo no es una imagen que la tienda pueda leer. JPEG, PNG y WebP funcionan siempre.',
  damaged: 'Esta imagen está dañada y no se puede leer.',
  tooLarge: 'Esta imagen es demasiado grande.',
  failed: 'La búsqueda no funcionó. Reintente en un momento.',
  closed: 'La búsqueda de esta tienda no está configurada para esta página.',
};

const ja: Texts = {
  choose: '写真で探す',
  camera: '写真を撮る',
  hint: 'ここにドロップ、または貼り付け',
  photo: 'あなたの写真',
  cropHelp: '検索する範囲。矢印キーで移動、Shift と矢印キーで大きさを変えます。',
  region: (n) => `写真の部分 ${n} で探す`,
  everything: 'すべて',
  categories: 'カテゴリー',
  searching: '検索中…',
  found: (n) => `写真に似た商品が ${n} 件あります`,
  nothing: '似た商品が見つかりません。別の範囲か別の写真をお試しください。',
  more: 'さらに表示',
  another: '別の写真',
  similar: '似ている商品',
  retry: 'もう一度',
  outOfStock: '在庫なし',
  rated: (stars) => `5 つ星のうち ${stars}`,
  offline: 'ショップに接続できません。写真は残っています。オンラインになったらもう一度お試しください。',
  unsupported: 'このファイルは読み取れる画像ではありません。JPEG、PNG、WebP が使えます。',
  damaged: 'この画像は壊れていて読み取れません。',
  tooLarge: 'この画像は大きすぎます。',
  failed: '検索できませんでした。しばらくしてからもう一度お試しください。',
  closed: 'このページではこのショップの検索を使えません。',
};

const all: Record<string, Texts> = { en, de, fr, es, ja };

// The wanted language, else the page's, else the browser's, else English; with the tag for numbers.
export function textsFor(wanted: string | null): { texts: Texts; lang: string } {
  for (const tag of [wanted, document.documentElement.lang, ...navigator.languages]) {
    const texts = tag ? all[tag.toLowerCase().split('-')[0] ?? ''] : undefined;
    if (tag && texts) return { texts, lang: tag };
  }
  return { texts: en, lang: 'en' };
}
