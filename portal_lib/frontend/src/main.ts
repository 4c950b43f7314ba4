// A notebook page, from its HTML to widgets that answer. This script runs while the kernel still works on the notebook;
// the page is drawn as soon as its end, with the widgets' state, has arrived.
import "./styles.css";
import { follow } from "./address";
import { showBusy } from "./busy";
import { describeFigures, observeFigures } from "./figures";
import { copyOnClick } from "./copy";
import { connect } from "./live";
import { PageManager } from "./manager";
import { notice, sayConnection } from "./notices";
import { readPage, readSnapshot, type Page, type Snapshot } from "./page";
import { saveOnClick } from "./save";
import { Watch } from "./watch";

async function draw(page: Page, snapshot: Snapshot): Promise<void> {
  const live = connect(page, snapshot.date);
  live.iopubMessage.connect((_, message) => {
    const { text } = message.content as { text?: unknown };
    if ((message.header.msg_type as string) === "portale_notice" && typeof text === "string") notice(page, text);
  });
  showBusy(live);
  new Watch(page, live).start();
  const manager = new PageManager(live);
  manager.onModel = follow;
  await manager.restore(snapshot);
  const places = [...document.querySelectorAll<HTMLElement>("[data-widget]")];
  await Promise.all(places.map((place) => manager.display(place.dataset.widget!, place)));
}

async function start(): Promise<void> {
  const page = readPage();
  const snapshot = readSnapshot();
  if (snapshot === null) {
    document.body.classList.add("portal-drawn");
    sayConnection(page.sentences.unfinished);
    return;
  }
  saveOnClick();
  copyOnClick();
  try {
    await draw(page, snapshot);
  } finally {
    document.body.classList.add("portal-drawn");
    document.getElementById("loading")?.remove();
  }
  describeFigures(page);
  observeFigures(page);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => void start());
// Not called from here: what asks the network for something would make V8 read the bundle again (build.mjs, unthrown).
else queueMicrotask(() => void start());
