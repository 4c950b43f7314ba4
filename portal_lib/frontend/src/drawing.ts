// d3 draws through transitions: an object and a timer for each of a chart's bars, started a frame later, even where
// nothing is to move. Without a duration, what a transition would lead to is drawn now.

// d3's selections and transitions, as far as they are touched here; bqplot ships its own d3, without types.
type D3 = any;
type Tween = (this: Element, datum: unknown, index: number, group: unknown) => ((this: Element, t: number) => string) | null;

/** What stands in for a transition: the selection itself, which takes durations and shows tweens' ends. */
const INSTEAD = {
  delay: same,
  ease: same,
  on: same,
  attrTween(this: D3, name: string, tween: Tween): D3 {
    return atEnd(this, tween, (element, value) => element.setAttribute(name, value));
  },
  styleTween(this: D3, name: string, tween: Tween): D3 {
    return atEnd(this, tween, (element, value) => (element as SVGElement).style.setProperty(name, value));
  },
};

/** `selection.transition`, given d3's own. Where a page sets a duration, or goes on from a transition, that one is used. */
export function atOnce(transition: (this: D3, name?: unknown) => D3): (this: D3, name?: unknown) => D3 {
  return function (name) {
    if (typeof name === "object" && name !== null) return transition.call(this, name);
    const duration = (ms: unknown): D3 => (Number(ms) > 0 ? transition.call(this, name).duration(ms) : now);
    const now: D3 = Object.assign(Object.create(this), INSTEAD, { duration });
    return now;
  };
}

function same(this: D3): D3 {
  return this;
}

function atEnd(selection: D3, tween: Tween, set: (element: Element, value: string) => void): D3 {
  return selection.each(function (this: Element, datum: unknown, index: number, group: unknown) {
    const value = tween.call(this, datum, index, group)?.call(this, 1);
    if (value !== undefined) set(this, value);
  });
}
