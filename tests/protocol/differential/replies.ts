/** What a server has answered, taken apart into single replies. */

/** Lines, with their data blocks; a rest that is not whole is one, too. */
export function textReplies(answer: string): string[] {
  const replies: string[] = [];
  for (let at = 0; at < answer.length;) {
    const lf = answer.indexOf("\r\n", at);
    let end = lf === -1 ? answer.length : lf + 2;
    const block = /^(?:VALUE [^ ]+ \d+|VA) (\d+)/.exec(answer.slice(at, end));
    if (block !== null) end += Number(block[1]) + 2;
    replies.push(answer.slice(at, end));
    at = end;
  }
  return replies;
}

/** Packets. */
export function binaryReplies(answer: string): string[] {
  const replies: string[] = [];
  for (let at = 0; at < answer.length;) {
    let length = 0;
    for (let i = at + 8; i < at + 12; i++) {
      length = length * 256 + answer.charCodeAt(i);
    }
    const end = Number.isNaN(length) ? answer.length : at + 24 + length;
    replies.push(answer.slice(at, end));
    at = end;
  }
  return replies;
}
