import type { Component, MenuOption, Message, Modal, World } from './world.ts'

/** What a message looks like in Discord: its Components V2 as HTML, with the sizes and colours of Discord's dark theme. */

/** A page with one message, as somebody whose Discord has this locale sees it. */
export function messagePage(message: Message, world: World, locale = 'en-US'): string {
  const files = new Map(message.attachments.map(file => [file.filename, file]))
  const source = (url: string) => {
    const file = files.get(url.replace('attachment://', ''))
    return file ? `data:${file.contentType};base64,${Buffer.from(file.bytes).toString('base64')}` : url
  }
  const isPrivate = (message.flags & 64) !== 0
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${css}</style>
<div class="message"><div class="avatar">F</div><div class="body">
<div class="head"><b>Fourstroke</b><span class="app">APP</span><span class="time">Today at 12:00</span></div>
${message.components.map(one => component(one, { source, world, locale })).join('')}
${isPrivate ? '<div class="private">Only you can see this · <a>Dismiss message</a></div>' : ''}
</div></div>`
}

/** A page with an open form. */
export function formPage({ title, components }: Modal): string {
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${css}</style>
<div class="form"><h2>${escapeHtml(title)}</h2>${components.map(field).join('')}
<div class="row end"><button class="secondary">Cancel</button><button class="primary">Submit</button></div></div>`
}

/** A field of a form: its label, what stands below it, and what is filled in. */
function field(labelled: Component): string {
  const { label = '', description, component: input } = labelled as Component & { readonly description?: string }
  const { type, value = '', options = [], style, required, max_values: most } = input as Component & InputStyle
  const chosen = options.find(option => option.default)?.label ?? ''
  const shown =
    type === 19
      ? `<div class="file">⬆ up to ${most}</div>`
      : type === 3
        ? `<div class="menu">${escapeHtml(chosen)}<span>⌄</span></div>`
        : `<div class="input${style === 2 ? ' long' : ''}">${escapeHtml(value)}</div>`
  const below = description ? `<small>${escapeHtml(description)}</small>` : ''
  return `<div class="field"><b>${escapeHtml(label)}${required ? ' <i>*</i>' : ''}</b>${below}${shown}</div>`
}
interface InputStyle {
  readonly style?: number
}

/** A page with the entries of an open menu. */
export function menuPage(options: readonly MenuOption[]): string {
  const shown = options.map(
    ({ label, description }) =>
      `<div class="option"><b>${escapeHtml(label)}</b>${description ? `<small>${escapeHtml(description)}</small>` : ''}</div>`,
  )
  return `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${css}</style>
<div class="options">${shown.join('')}</div>`
}

interface Context {
  readonly source: (url: string) => string
  readonly world: World
  readonly locale: string
}

function component(one: Component, context: Context): string {
  const { components = [], content = '', items = [], file, custom_id, url, label = '', placeholder = '' } = one
  const inner = components.map(part => component(part, context)).join('')
  switch (one.type) {
    case 1:
      return `<div class="row">${inner}</div>`
    case 2:
      return `<button class="${styles[(one as { style?: number }).style ?? 2]}">${escapeHtml(label)}${url && !custom_id ? ' ↗' : ''}</button>`
    case 3:
    case 6:
    case 8: {
      const chosen = (one.options ?? []).find(option => (option as { default?: boolean }).default)?.label
      return `<div class="menu"><div>${escapeHtml(chosen ?? placeholder)}</div><span>⌄</span></div>`
    }
    case 10:
      return `<div class="text">${markdown(content, context)}</div>`
    case 12:
      return `<div class="gallery g${Math.min(items.length, 5)}">${items
        .map(({ media, ...item }) => {
          const hidden = (item as { spoiler?: boolean }).spoiler
          return `<div class="item${hidden ? ' spoiler' : ''}"><img src="${context.source(media.url)}"></div>`
        })
        .join('')}</div>`
    case 13:
      return `<div class="file">📄 ${escapeHtml(file?.url.replace('attachment://', '') ?? '')}</div>`
    case 17: {
      const color = `#${((one as { accent_color?: number }).accent_color ?? 0x4f545c).toString(16).padStart(6, '0')}`
      return `<div class="container" style="border-left-color:${color}">${inner}</div>`
    }
    default:
      return inner
  }
}

const styles: Readonly<Record<number, string>> = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'danger', 5: 'link' }

/** What Discord's markdown makes of our texts. */
function markdown(text: string, context: Context): string {
  return text
    .split('\n')
    .map(line => {
      if (line.startsWith('## ')) return `<h2>${inline(line.slice(3), context)}</h2>`
      if (line.startsWith('-# ')) return `<small>${inline(line.slice(3), context)}</small>`
      if (line.startsWith('> ')) return `<blockquote>${inline(line.slice(2), context)}</blockquote>`
      if (/^- /.test(line)) return `<div class="bullet">${inline(line.slice(2), context)}</div>`
      return `<div>${inline(line, context)}</div>`
    })
    .join('')
}

function inline(text: string, { world, locale }: Context): string {
  const at = (seconds: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, options).format(1000 * Number(seconds))
  const nameOf = (id: string) => world.users.get(id)?.globalName ?? id
  const roleOf = (id: string) =>
    [...world.guilds.values()].flatMap(({ roles }) => roles).find(role => role.id === id)?.name ?? 'everyone'
  const signs: string[] = []
  // What was escaped stays as it is.
  const kept = text.replace(/\\([^\w\s])/g, (_, sign: string) => `‹${signs.push(sign) - 1}›`)
  return escapeHtml(kept)
    .replace(/&lt;#(\d+)&gt;/g, (_, id: string) => mention(`# ${world.channels.get(id)?.name ?? id}`))
    .replace(/&lt;@&amp;(\d+)&gt;/g, (_, id: string) => mention(`@${roleOf(id)}`))
    .replace(/&lt;@(\d+)&gt;/g, (_, id: string) => mention(`@${nameOf(id)}`))
    .replace(/&lt;\/([^:]+):(\d+)&gt;/g, (_, path: string, id: string) => mention(commandName(world, path, id, locale)))
    .replace(/&lt;t:\d+:R&gt;/g, () => stamp(new Intl.RelativeTimeFormat(locale).format(-1, 'minute')))
    .replace(/&lt;t:(\d+):D&gt;/g, (_, seconds: string) => stamp(at(seconds, { dateStyle: 'long' })))
    .replace(/&lt;t:(\d+):d&gt;/g, (_, seconds: string) => stamp(at(seconds, { dateStyle: 'short' })))
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\[([^\]]+)\]\((\S+?)\)/g, '<a>$1</a>')
    .replace(/(?<!["=])\bhttps?:\/\/[^\s<]+/g, '<a>$&</a>')
    .replace(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replace(/‹(\d+)›/g, (_, index: string) => escapeHtml(signs[Number(index)] ?? ''))
}
/** A command by its path, as it is called in the reader's Discord. */
function commandName(world: World, path: string, id: string, locale: string): string {
  const [, verb] = path.split(' ')
  const command = world.commands.find(one => one['id'] === id) as Named | undefined
  const subcommand = command?.options?.find(one => one.name === verb)
  const nameOf = (one: Named | undefined) => one?.name_localizations?.[locale] ?? one?.name
  return `/${[nameOf(command), nameOf(subcommand)].filter(Boolean).join(' ')}`
}
interface Named {
  readonly name: string
  readonly name_localizations?: Readonly<Record<string, string>> | null
  readonly options?: readonly Named[]
}

const stamp = (text: string) => `<span class="stamp">${escapeHtml(text)}</span>`
const mention = (text: string) => `<span class="mention">${escapeHtml(text)}</span>`

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

const css = `
*{box-sizing:border-box}
body{margin:0;padding:16px;background:#1a1a1e;color:#dfe0e2;font:16px/22px "gg sans","Noto Sans",Helvetica,Arial,sans-serif}
.message{display:flex;gap:16px}.avatar{flex:none;width:40px;height:40px;border-radius:50%;background:#e0523f;color:#fff;display:grid;place-items:center;font-weight:700}
.body{min-width:0;flex:1}.head{display:flex;gap:6px;align-items:center;margin-bottom:4px}.app{background:#5865f2;color:#fff;font-size:10px;line-height:15px;padding:0 4px;border-radius:3px}.time{color:#949ba4;font-size:12px}
.container{max-width:600px;width:fit-content;min-width:min(100%,320px);background:#242429;border:1px solid #36363c;border-left:4px solid;border-radius:8px;padding:16px;display:flex;flex-direction:column;gap:8px}
.text{overflow-wrap:anywhere}.text h2{font-size:20px;line-height:26px;margin:0 0 4px}small{display:block;font-size:12.8px;line-height:18px;color:#949ba4}
blockquote{margin:0;padding-left:12px;border-left:4px solid #4e5058}.bullet{padding-left:20px;position:relative}.bullet:before{content:"•";position:absolute;left:6px}
a{color:#7bb0f5}.mention{background:#3c4270;color:#c9cdfb;border-radius:3px;padding:0 2px}.stamp,code{background:#38383f;border-radius:3px;padding:0 3px}code{font:14px Consolas,monospace}
.row{display:flex;flex-wrap:wrap;gap:8px}button{font:500 14px/18px inherit;font-family:inherit;color:#fff;border:0;border-radius:8px;min-height:32px;padding:2px 11px}
.secondary,.link{background:#3e3f45}.danger{background:#c8282e}.primary{background:#5865f2}.success{background:#00863a}
.menu{width:400px;max-width:100%;min-height:44px;background:#1f1f23;border:1px solid #46464d;border-radius:8px;padding:10px 12px;display:flex;justify-content:space-between;color:#dfe0e2}
.gallery{display:grid;gap:4px;border-radius:8px;overflow:hidden}.g1{grid-template-columns:minmax(0,512px)}.g2,.g4{grid-template-columns:1fr 1fr}.g3,.g5{grid-template-columns:1fr 1fr 1fr}
.item{overflow:hidden;position:relative}.gallery:not(.g1) .item{aspect-ratio:1}.item img{display:block;width:100%;height:100%;object-fit:cover}
.spoiler img{filter:blur(44px)}.spoiler:after{content:"SPOILER";position:absolute;inset:0;display:grid;place-items:center;font-weight:700;color:#fff}
.file{background:#1f1f23;border-radius:8px;padding:12px}.private{color:#949ba4;font-size:12.8px;margin-top:4px}
.form{max-width:440px;background:#242429;border:1px solid #36363c;border-radius:8px;padding:16px;display:flex;flex-direction:column;gap:16px}.form h2{margin:0;font-size:20px}
.field{display:flex;flex-direction:column;gap:4px}.field i{color:#f47067}.field .menu{width:100%}.end{justify-content:flex-end}
.input{min-height:44px;background:#1f1f23;border:1px solid #46464d;border-radius:8px;padding:10px 12px;overflow-wrap:anywhere}.input.long{min-height:100px}
.options{width:min(100%,400px);background:#242429;border:1px solid #36363c;border-radius:8px;padding:8px}.option{padding:8px 12px}.option b{font-weight:500}
.menu{white-space:nowrap}.menu div{overflow:hidden;text-overflow:ellipsis}
@media (max-width:500px){body{padding:8px}.message{gap:8px}.avatar{width:32px;height:32px}.container{padding:12px;width:100%}button{min-height:36px}}
`
