import type { Form } from '../interactions/button.ts'
import type { FormAction } from '../messages/buttonId.ts'
import { paintOverForm } from './paintOver.ts'
import { reportPicture, reportStyle } from './reports.ts'
import { teachStyle, teachThese } from './teachForms.ts'

/** What is done with each form that a command or an entry of a message's menu opens. */
export const forms: Record<FormAction, Form> = {
  report: reportPicture,
  reportstyle: reportStyle,
  teach: teachStyle,
  teachthese: teachThese,
  paintover: paintOverForm,
}
