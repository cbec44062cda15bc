/** A part of a command as a shell reads it. Pure. */

/** Quotes a part where a shell would take it for more than itself. */
export function shellText(part: string): string {
  return /^[\w@%+=:,./-]+$/.test(part) ? part : `'${part.replaceAll("'", `'\\''`)}'`
}
