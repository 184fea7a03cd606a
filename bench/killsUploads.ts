/** Pixels along a side of what `killsProgram.ts` uploads; nothing else that it stores is so small. */
export const uploadSide = 33
