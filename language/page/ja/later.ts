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

  // ルームの所有者が決めること
  'owners.title': 'ルームの管理',
  'owners.name': 'ルームの名前',
  'owners.lock': 'ルームをロック',
  'owners.lockHint': 'ロック中は所有者だけが描けます。ほかの人は閲覧のみです。',
  'owners.links': 'リンク',
  'owners.linksHint':
    '描く用と閲覧用の新しいリンクを作ります。古いリンクは使えなくなります。今いる人はそのまま残り、別のブラウザーで戻るときだけ新しいリンクが必要です。',
  'owners.renew': 'リンクを更新',
  'owners.renewAsk': 'これまでに送ったリンクは使えなくなります。',
  'owners.renewConfirm': '更新',
  'owners.renewed': '新しいリンクができました。「共有」にあります。',
  'owners.deleteTitle': '削除',
  'owners.delete': 'このルームを削除',
  'owners.deleteAsk': '描かれたものはすべて、全員から失われます。',
  'owners.deleteConfirm': '完全に削除',
  'owners.owner': '所有者',
  'owners.editor': '描く',
  'owners.viewer': '閲覧',
  'owners.people': 'このルームの人',
  'owners.remove': '{name} を外す',
  'owners.removeAsk':
    '{name} はすぐに退出し、どのリンクでも入れなくなります。ゲストはリンクがあれば別の名前で戻れるので、下でリンクを更新してください。',
  'owners.removeConfirm': '外す',
  'owners.removed': '外した人',
  'owners.letIn': '閲覧者として入れる',
  'owners.you': 'あなた',
  'owners.here': '今ここに',
  'owners.notHere': '不在',
  'owners.role': '{name} ができること',
  'confirm.cancel': 'キャンセル',
}
