import type { SearchMessages } from './en';

export const messages: SearchMessages = {
  refineLabel: '言葉で絞り込む',
  refineHint: '例:緑色で',
  refineApply: '絞り込む',
  refineClear: '言葉を消す',
  understood: (wishes: string): string => `優先して探しています:${wishes}`,
  notUnderstood: 'この言葉に合う違いは見つかりませんでした。',
  like: 'これに近いもの',
  dislike: 'これ以外',
  likeOf: (title: string): string => `「${title}」に近いもの`,
  dislikeOf: (title: string): string => `「${title}」以外`,
  judgedTitle: '好みの指定',
  takeBack: (what: string): string => `取り消す:${what}`,
  aProduct: '商品',
};
