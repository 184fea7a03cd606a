import type { Form } from '../interactions/button.ts'
import type { FormAction } from '../messages/buttonId.ts'
import { reportPicture, reportStyle } from './reports.ts'

/** What is done with each form that an entry of a message's menu opens. */
export const forms: Record<FormAction, Form> = { report: reportPicture, reportstyle: reportStyle }
