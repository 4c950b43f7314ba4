// Charts drawn now, where d3 would wait for a frame: seen on a selection as small as one can be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce } from "../../portal_lib/frontend/src/drawing";

type Attributes = Record<string, string>;

class Selection {
  asked: unknown[] = [];
  declare transition: (name?: unknown) => any;

  constructor(readonly elements: { values: Attributes; setAttribute(name: string, value: string): void }[]) {}

  each(work: (this: any, datum: unknown, index: number, group: unknown) => void): this {
    this.elements.forEach((element, index) => work.call(element, undefined, index, this.elements));
    return this;
  }

  attr(name: string, value: string): this {
    return this.each(function () {
      this.setAttribute(name, value);
    });
  }
}

// As d3 does: something that is drawn later, and remembers its duration.
Selection.prototype.transition = atOnce(function (name) {
  this.asked.push(name);
  return {
    duration(ms: number) {
      return { later: ms };
    },
  };
});

function bars(count: number): Selection {
  return new Selection(
    Array.from({ length: count }, () => {
      const values: Attributes = {};
      return { values, setAttribute: (name: string, value: string) => void (values[name] = value) };
    }),
  );
}

const values = (of: Selection, name: string) => of.elements.map((element) => element.values[name]);

test("without a duration everything is drawn at once, whenever the duration is said", () => {
  const drawn = bars(3);
  drawn.transition("draw").duration(0).attr("height", "5").attr("y", "1");
  drawn.transition("line").attr("d", "M0").duration(0);
  assert.deepEqual(values(drawn, "height"), ["5", "5", "5"]);
  assert.deepEqual(values(drawn, "y"), ["1", "1", "1"]);
  assert.deepEqual(values(drawn, "d"), ["M0", "M0", "M0"]);
  assert.deepEqual(drawn.asked, []);
});

test("of a movement without a duration the end is shown", () => {
  const drawn = bars(2);
  drawn.transition().duration(0).attrTween("d", (_: unknown, index: number) => (t: number) => `M${index},${t}`).attr("x", "1");
  assert.deepEqual(values(drawn, "d"), ["M0,1", "M1,1"]);
  assert.deepEqual(values(drawn, "x"), ["1", "1"]);
});

test("who asks for a duration gets d3's own transition, and so does who goes on from one", () => {
  const drawn = bars(1);
  assert.deepEqual(drawn.transition("slow").duration(250), { later: 250 });
  const before = { transition: true };
  drawn.transition(before);
  assert.deepEqual(drawn.asked, ["slow", before]);
});
