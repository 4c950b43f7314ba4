// Says, in the visitor's language, when the page has lost what stands behind it, and takes it back when it can.
// Controls that move nothing would be all that a visitor sees otherwise.
import type { Live } from "./live";
import { connectionIsWell, sayConnection } from "./notices";
import { xsrfToken, type Page } from "./page";
import { standing, type Standing } from "./standing";

/** A lost connection is tried again soon; one that seems well is looked at from time to time. */
const AGAIN_MS = 3_000;
const FROM_TIME_TO_TIME_MS = 20_000;

export class Watch {
  private timer = 0;
  private over = false;
  private unanswered = 0;

  constructor(
    private readonly page: Page,
    private readonly live: Live | null,
  ) {}

  start(): void {
    this.live?.connectionStatusChanged.connect((_, status) => {
      if (status !== "connected") this.soon(200);
      else if (!this.over) connectionIsWell();
    });
    this.live?.statusChanged.connect((_, status) => {
      if (status === "dead" || status === "restarting") this.soon(200);
    });
    addEventListener("offline", () => this.soon(0));
    addEventListener("online", () => this.soon(200));
    addEventListener("pageshow", (event) => event.persisted && this.soon(0));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.soon(500));
    addEventListener("pagehide", () => this.farewell());
    this.soon(FROM_TIME_TO_TIME_MS);
  }

  private soon(milliseconds: number): void {
    clearTimeout(this.timer);
    if (!this.over) this.timer = window.setTimeout(() => void this.look(), milliseconds);
  }

  private get address(): string {
    return `${this.page.baseUrl}api/kernels/${this.page.kernelId}`;
  }

  private async look(): Promise<void> {
    let answer: Response | null = null;
    try {
      const signal = AbortSignal.timeout(10_000);
      answer = await fetch(this.address, {
        cache: "no-store", redirect: "manual", headers: { "X-XSRFToken": xsrfToken() }, signal,
      });
    } catch {
      answer = null;
    }
    this.act(standing(answer));
  }

  private act(now: Standing): void {
    const { sentences } = this.page;
    if (now === "well") {
      this.unanswered = 0;
      const connected = this.live === null || this.live.connectionStatus === "connected";
      if (connected) connectionIsWell();
      else if (this.live?.connectionStatus === "disconnected") void this.live.reconnect();
      this.soon(connected ? FROM_TIME_TO_TIME_MS : AGAIN_MS);
    } else if (now === "lost") {
      this.unanswered += 1;
      if (this.unanswered > 1 || !navigator.onLine) sayConnection(sentences.lost);
      this.soon(AGAIN_MS);
    } else {
      this.over = true; // it won't come back
      sayConnection(now === "ended" ? sentences.ended : sentences.sessionOver);
      this.live?.dispose();
    }
  }

  /** The tab closes or goes elsewhere: its kernel need not wait to be missed. */
  private farewell(): void {
    const form = new FormData();
    form.set("_xsrf", xsrfToken());
    navigator.sendBeacon(`${this.page.baseUrl}pagine/${this.page.kernelId}/chiusa`, form);
  }
}
