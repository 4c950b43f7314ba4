// Sentences over the page: one about its connection, and those that a failed action leaves.
import type { Page } from "./page";

const bar = () => document.getElementById("connection")!;

/** Say it in the bar at the foot of the window, with a link to load the page anew. */
export function sayConnection(sentence: string): void {
  const said = bar().querySelector("span")!;
  if (said.textContent !== sentence) said.textContent = sentence;
  bar().hidden = false;
}

export function connectionIsWell(): void {
  bar().hidden = true;
}

/** A notice that the visitor can put away. What it says is text, whatever it holds. */
export function notice(page: Page, text: string): void {
  const box = document.createElement("div");
  box.className = "portal-notice";
  box.setAttribute("role", "alert");
  const sentence = document.createElement("p");
  sentence.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = page.sentences.close;
  close.addEventListener("click", () => box.remove());
  box.append(sentence, close);
  document.getElementById("portal-notices")!.replaceChildren(box);
}
