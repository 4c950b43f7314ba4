// The live connection to the page's kernel, and the seam between what the page was drawn from and what comes later.
import { KernelConnection } from "@jupyterlab/services/lib/kernel/default";
import type { KernelMessage } from "@jupyterlab/services";
import { deserialize, serialize } from "@jupyterlab/services/lib/kernel/serialize";
import { ServerConnection } from "@jupyterlab/services/lib/serverconnection";
import { xsrfToken, type Page } from "./page";

export type Live = KernelConnection;

/**
 * A message as the page takes it. What the kernel said up to `until` is in the snapshot already: opening a widget once
 * more would replace it, and an old value would overwrite a newer one. Such a message keeps its place, under a type that
 * nobody listens to.
 */
export function sinceSnapshot<M extends { header: { msg_type: string; date: string } }>(message: M, until: string): M {
  const old = message.header.msg_type.startsWith("comm_") && instant(message.header.date) <= instant(until);
  return old ? { ...message, header: { ...message.header, msg_type: "portale_in_snapshot" } } : message;
}

/** Microseconds since 1970: two updates of one widget may be less than a millisecond apart. */
export function instant(date: string): number {
  const fraction = /\.(\d+)/.exec(date)?.[1] ?? "";
  const whole = Date.parse(date.replace(/\.\d+/, ""));
  return whole * 1000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
}

/** Connects at once; what is sent before the connection stands is sent then. */
export function connect(page: Page, until: string): Live {
  const baseUrl = new URL(page.baseUrl, location.href).href;
  const serverSettings = ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace(/^http/, "ws"),
    token: "",
    init: { cache: "no-store", credentials: "same-origin", headers: { "X-XSRFToken": xsrfToken() } },
    serializer: {
      serialize,
      deserialize: (data: ArrayBuffer, protocol?: string) =>
        sinceSnapshot(deserialize(data, protocol) as KernelMessage.IMessage, until),
    },
  });
  return new KernelConnection({
    model: { id: page.kernelId, name: "portale" },
    serverSettings,
    clientId: page.sessionId,
    commsOverSubshells: "disabled" as never, // else the page asks for a subshell for every widget
  });
}
