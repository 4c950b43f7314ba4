// What the visitor chose, kept in the page's address, so that it can be kept, sent on and loaded anew.
import type { WidgetModel } from "@jupyter-widgets/base";

/** Set by the notebook on the hidden widget whose value is a query string. */
const MARKER = "portale-indirizzo";
const MOST_CHARACTERS = 2_000;

/** The query string with nothing in it but names and plain values; the empty string where nothing is left. */
export function cleaned(query: string): string {
  const kept = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(query.slice(0, MOST_CHARACTERS))) {
    if (/^[a-z_]{1,20}$/.test(name) && /^[\w:,.+-]*$/.test(value)) kept.append(name, value);
  }
  const text = kept.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

export function follow(model: WidgetModel): void {
  const classes: unknown = model.get("_dom_classes");
  if (!Array.isArray(classes) || !classes.includes(MARKER)) return;
  const show = () => history.replaceState(null, "", location.pathname + cleaned(String(model.get("value") ?? "")));
  model.on("change:value", show);
  if (model.get("value")) show();
}
