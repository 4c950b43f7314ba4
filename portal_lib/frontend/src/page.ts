// What the server wrote into the page: which kernel stands behind it, what to say, and the widgets' state.

/** The sentences of this bundle, in the visitor's language. */
export interface Sentences {
  lost: string;
  ended: string;
  sessionOver: string;
  unfinished: string;
  reload: string;
  close: string;
  chart: string;
}

export interface Page {
  baseUrl: string;
  kernelId: string;
  /** The websocket's session: what the kernel says before it connects is kept for this name. */
  sessionId: string;
  sentences: Sentences;
}

export interface BufferState {
  path: (string | number)[];
  data: string;
}

export interface ModelState {
  name: string;
  module: string;
  version: string;
  state: Record<string, unknown>;
  buffers?: BufferState[];
}

/** The widgets as they were when the notebook had run: at `date`, the kernel's clock. */
export interface Snapshot {
  date: string;
  models: Record<string, ModelState>;
}

function written<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}

export const readPage = (): Page => written<Page>("jupyter-config-data")!;

/** Null where the page's end never came. */
export const readSnapshot = (): Snapshot | null => written<Snapshot>("portal-snapshot");

/** The Hub takes a script's question for the visitor's own only with this token, as it does every form. */
export function xsrfToken(): string {
  const cookie = document.cookie.split("; ").find((text) => text.startsWith("_xsrf="));
  return cookie ? decodeURIComponent(cookie.slice("_xsrf=".length)) : "";
}
