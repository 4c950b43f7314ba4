// Copying a text that a page offers, such as a document's checksum: <button data-copia="TEXT" data-copiato="Copied">.

const SAID_FOR_MS = 2000;

/** One listener for all such buttons, also those that are drawn later. */
export function copyOnClick(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element | null)?.closest<HTMLElement>("button[data-copia]");
    if (!button) return;
    void navigator.clipboard.writeText(button.dataset.copia ?? "").then(() => sayCopied(button));
  });
}

/** The button says for a moment that it was done; a screen reader hears it. */
function sayCopied(button: HTMLElement): void {
  if (button.dataset.usual !== undefined) return;
  button.dataset.usual = button.innerHTML;
  button.setAttribute("aria-live", "polite");
  button.textContent = button.dataset.copiato ?? "✓";
  setTimeout(() => {
    button.innerHTML = button.dataset.usual ?? "";
    delete button.dataset.usual;
  }, SAID_FOR_MS);
}
