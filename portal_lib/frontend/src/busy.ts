// A click that takes longer than a moment shows that it was heard.
import type { Live } from "./live";

const A_MOMENT_MS = 400;

export function showBusy(live: Live): void {
  const cells = document.getElementById("rendered_cells")!;
  let timer = 0;
  live.statusChanged.connect((_, status) => {
    clearTimeout(timer);
    if (status === "busy") timer = window.setTimeout(() => cells.classList.add("portal-busy"), A_MOMENT_MS);
    else cells.classList.remove("portal-busy");
  });
}
