import type { LaterTexts } from '../texts.ts'

export const later: LaterTexts = {
  // 描き方
  'help.title': '描き方',
  'help.frames':
    '<b>フレーム</b>はプロンプトのついた紙です。その上に描いたものは、みんなの前でその場で描き直されます。強さは、線からどこまで離れてよいかを決めます。',
  'help.moving': '2本の指、ホイール、<kbd>スペース</kbd>キーで机を動かします。ペンを使っている間、指では描きません。',
  'help.theme': 'テーマ',

  // ルーム一覧
  'rooms.title': 'あなたのルーム',
  'rooms.locked': 'ロック中',
  'rooms.watch': '閲覧のみ',
  'rooms.more': '{name} のその他の操作',
  'rooms.delete': '削除',
  'rooms.leave': '退出',
  'rooms.deleteAsk': '「{name}」は、描かれたものすべてとともに、全員から失われます。',
  'rooms.leaveAsk': '「{name}」から退出し、ここには表示されなくなります。リンクがあれば戻れます。',

  // いっしょに
  'together.following': '{name} をフォロー中',
  'together.follower': '{name} があなたをフォロー中',
  'together.followers': '{name} ほか {count, number} 人があなたをフォロー中',
  'together.stop': 'やめる',
  'together.drew': '{name} が描きました',
  'together.somebody': '退出した人',
}
