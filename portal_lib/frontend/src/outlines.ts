// Where bars stand and what they look like, as a few outlines: one for all bars of one paint.

/** A bar of a group, as bqplot's model has it: from y0 to y1 in a stack, from the base to y beside others. */
export interface Bar {
  index: number;
  subIndex: number;
  y0: number;
  y1: number;
  y: number;
  colorIndex: number;
  opacityIndex: number;
}

export interface Group {
  key: number;
  values: Bar[];
}

/** Numbers to pixels. `across` is the way along which bars stand, `along` the one into which they grow. */
export interface Placed {
  across: (key: number) => number;
  along: (value: number) => number;
  base: number;
  padding: number;
  stacked: boolean;
  upright: boolean;
}

/** A group's middle in pixels, in the groups' own order. */
export function middles(groups: Group[], across: (key: number) => number): number[] {
  return groups.map((group) => across(group.key));
}

/** How wide a group is: the way from one to the next, whatever order they come in. */
export function spacing(places: number[]): number {
  if (places.length < 2) return 1;
  let [least, most] = [Infinity, -Infinity];
  for (const place of places) [least, most] = [Math.min(least, place), Math.max(most, place)];
  return (most - least) / (places.length - 1);
}

/** Paths by paint, `paint` being what `of` says of a bar. Bars without a height have no outline. */
export function outlines(groups: Group[], placed: Placed, of: (bar: Bar) => string): Map<string, string> {
  const places = middles(groups, placed.across);
  const wide = Math.max(1, spacing(places) * (1 - placed.padding));
  const found = new Map<string, string[]>();
  for (const [at, { values }] of groups.entries()) {
    const each = placed.stacked ? wide : wide / values.length;
    for (const bar of values) {
      const [from, to] = placed.stacked ? [bar.y0, bar.y1] : [placed.base, bar.y];
      if (!(from < to || from > to)) continue; // nothing to draw, or no number
      const [start, end] = [placed.along(from), placed.along(to)];
      const left = places[at]! - wide / 2 + (placed.stacked ? 0 : each * bar.subIndex);
      const paint = of(bar);
      const paths = found.get(paint) ?? [];
      if (!paths.length) found.set(paint, paths);
      paths.push(
        placed.upright
          ? `M${near(left)},${near(start)}V${near(end)}h${near(each)}V${near(start)}Z`
          : `M${near(start)},${near(left)}H${near(end)}v${near(each)}H${near(start)}Z`,
      );
    }
  }
  return new Map([...found].map(([paint, paths]) => [paint, paths.join("")]));
}

/** Which of the places is nearest, or -1 where there are none. */
export function nearest(places: number[], pixel: number): number {
  let best = -1;
  for (let at = 0; at < places.length; at++)
    if (best < 0 || Math.abs(places[at]! - pixel) < Math.abs(places[best]! - pixel)) best = at;
  return best;
}

/** Hundredths of a pixel: shorter paths, and nobody sees the rest. */
function near(pixels: number): number {
  return Math.round(pixels * 100) / 100;
}
