import type { LaterTexts } from '../texts.ts'

export const later: LaterTexts = {
  // 描き方
  'help.title': '描き方',
  'help.frames':
    '<b>フレーム</b>はプロンプトのついた紙です。その上に描いたものは、みんなの前でその場で描き直されます。強さは、線からどこまで離れてよいかを決めます。',
  'help.moving': '2本の指、ホイール、<kbd>スペース</kbd>キーで机を動かします。ペンを使っている間、指では描きません。',
  'help.theme': 'テーマ',
}
