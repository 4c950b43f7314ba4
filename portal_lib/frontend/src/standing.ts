// How a page stands to the portal.

export type Standing = "well" | "lost" | "ended" | "session over";

/** What an answer about the page's kernel means; null is no answer at all. */
export function standing(answer: { ok: boolean; status: number; type: string } | null): Standing {
  if (answer === null) return "lost";
  if (answer.ok) return "well";
  if (answer.status === 404) return "ended";
  // To somebody not logged in the service answers by a redirection to the Hub, or with 403 where a script asks.
  if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) return "session over";
  return "lost";
}
