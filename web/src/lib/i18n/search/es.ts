import type { SearchMessages } from './en';

export const messages: SearchMessages = {
  refineLabel: 'Precisar con palabras',
  refineHint: 'por ejemplo: pero en verde',
  refineApply: 'Precisar',
  refineClear: 'Sin estas palabras',
  understood: (wishes: string): string => `Buscado primero: ${wishes}`,
  notUnderstood: 'Estas palabras no distinguen nada entre estos resultados.',
  like: 'Más como este',
  dislike: 'Menos como este',
  likeOf: (title: string): string => `Más como «${title}»`,
  dislikeOf: (title: string): string => `Menos como «${title}»`,
  judgedTitle: 'Lo que le gusta y lo que no',
  takeBack: (what: string): string => `Deshacer: ${what}`,
  aProduct: 'un producto',
};
