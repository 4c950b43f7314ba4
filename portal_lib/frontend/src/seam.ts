// The seam between what the page was drawn from and what its kernel says later.

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
