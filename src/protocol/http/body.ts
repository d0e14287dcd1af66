/**
 * Reads the body of a request, as long as it is not too long.
 *
 * @module
 */

/**
 * The body as text.
 *
 * @param limit the most bytes that are read, whatever the client declares.
 * @returns `undefined` if it is longer; `null` if it is not UTF-8.
 */
export async function readText(
  request: Request,
  limit: number,
): Promise<string | undefined | null> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) {
    await request.body?.cancel();
    return undefined;
  }
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let length = 0;
  try {
    // Leaving the loop cancels the rest of the body.
    for await (const piece of request.body ?? []) {
      length += piece.length;
      if (length > limit) return undefined;
      text += decoder.decode(piece, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
