// Bars as outlines: where each stands, how they are put together by paint, and which one a pointer means.
import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest, outlines, spacing, type Group, type Placed } from "../../portal_lib/frontend/src/outlines";

const placed: Placed = { across: (key) => 10 * key, along: (value) => 100 - value, base: 0, padding: 0, stacked: true, upright: true };

/** Groups as bqplot's model makes them of rows of values. */
function groups(rows: number[][]): Group[] {
  return rows[0]!.map((_, index) => {
    let top = 0;
    const values = rows.map((row, subIndex) => {
      const y = row[index]!;
      return { index, subIndex, y0: top, y1: (top += y), y, colorIndex: subIndex, opacityIndex: index };
    });
    return { key: index, values };
  });
}

const byColour = (bar: { colorIndex: number }) => String(bar.colorIndex);

test("all bars of one paint are one path, and bars without a height are none", () => {
  const paths = outlines(groups([[5, 0, 7], [0, 6, 1]]), placed, byColour);
  assert.equal(paths.get("0"), "M-5,100V95h10V100ZM15,100V93h10V100Z");
  assert.equal(paths.get("1"), "M5,100V94h10V100ZM15,93V92h10V93Z");
  assert.equal(outlines(groups([[0, 0]]), placed, byColour).size, 0);
});

test("beside each other, the bars of a group share its width", () => {
  const paths = outlines(groups([[5, 5], [6, 6]]), { ...placed, stacked: false, padding: 0.5 }, byColour);
  assert.equal(paths.get("0"), "M-2.5,100V95h2.5V100ZM7.5,100V95h2.5V100Z");
  assert.equal(paths.get("1"), "M0,100V94h2.5V100ZM10,100V94h2.5V100Z");
});

test("lying bars grow to the side", () => {
  const paths = outlines(groups([[5, 6]]), { ...placed, upright: false, along: (value) => value }, byColour);
  assert.equal(paths.get("0"), "M0,-5H5v10H0ZM0,5H6v10H0Z");
});

test("a bar is a pixel wide at least, however many there are", () => {
  const thin = outlines(groups([[5, 5]]), { ...placed, across: (key) => key / 10 }, byColour);
  assert.equal(thin.get("0"), "M-0.5,100V95h1V100ZM-0.4,100V95h1V100Z");
});

test("missing values have no outline", () => {
  assert.equal(outlines(groups([[NaN, 4]]), { ...placed, stacked: false }, byColour).get("0"), "M5,100V96h10V100Z");
});

test("groups may come in any order", () => {
  assert.equal(spacing([20, 0, 40]), 20);
  assert.equal(spacing([7]), 1);
  assert.equal(nearest([20, 0, 40], 29), 0);
  assert.equal(nearest([20, 0, 40], -300), 1);
  assert.equal(nearest([], 5), -1);
});
