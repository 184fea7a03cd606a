/** Writes the project's answers for `check.py`: `node --import tsx tools/gpu/ask.ts FILE`. */
import { writeFileSync } from 'node:fs'
import { answers, encodeAnswers } from './answers.ts'

writeFileSync(process.argv[2]!, encodeAnswers(await answers()))
