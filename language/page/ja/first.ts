import type { FirstTexts } from '../texts.ts'

export const first: FirstTexts = {
  'later.failed': 'この部分を読み込めませんでした。接続を確かめて、ページを読み込み直してください。',
  'language.label': '言語',

  // いっしょに
  'together.follow': 'フォロー',
  'together.followName': '{name} をフォロー',
  'laser.label': '指し示す',
}
