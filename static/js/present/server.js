// What the presenting page asks the server for besides the talk itself.

const ANSWER_MS = 30_000; // on a line which leads nowhere any more a question would wait for minutes, and the talk with it
const REFUSALS = new Set([400, 403, 404, 413, 422]); // of notes; asking again would not help

// The JSON at an address, or null when there is none to be had now.
export async function listed(address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin", signal: AbortSignal.timeout(ANSWER_MS) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// For a NoteKeeper.
export function noteSaver({ notesUrl, csrf }) {
  return async (id, text) => {
    const answer = await fetch(notesUrl.replace("0", id), {
      method: "POST",
      headers: { "X-CSRFToken": csrf, Accept: "application/json" },
      body: new URLSearchParams({ notes: text }),
      credentials: "same-origin",
      redirect: "manual", // to the sign-in page
      keepalive: text.length < 10_000,
      signal: AbortSignal.timeout(10_000),
    });
    if (answer.ok && (await answer.json()).saved) return "saved";
    if (answer.type === "opaqueredirect" || REFUSALS.has(answer.status)) return "refused";
    throw new Error(`notes: ${answer.status}`);
  };
}
