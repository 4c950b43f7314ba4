// What the bundle decides without a browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleaned } from "../../portal_lib/frontend/src/address";
import { formatsOf } from "../../portal_lib/frontend/src/formats";
import { fileName } from "../../portal_lib/frontend/src/names";
import { instant, sinceSnapshot } from "../../portal_lib/frontend/src/seam";
import { standing } from "../../portal_lib/frontend/src/standing";

const message = (msg_type: string, date: string) => ({ header: { msg_type, date }, content: { value: 7 } });

test("what the snapshot holds is not applied again", () => {
  const until = "2026-11-23T10:00:00.500000+00:00";
  for (const type of ["comm_open", "comm_msg", "comm_close"]) {
    assert.equal(sinceSnapshot(message(type, "2026-11-23T10:00:00.499999Z"), until).header.msg_type, "portale_in_snapshot");
    assert.equal(sinceSnapshot(message(type, "2026-11-23T10:00:00.500000Z"), until).header.msg_type, "portale_in_snapshot");
  }
});

test("what came a microsecond later is", () => {
  const later = message("comm_msg", "2026-11-23T10:00:00.500001Z");
  assert.deepEqual(sinceSnapshot(later, "2026-11-23T10:00:00.500000+00:00"), later);
});

test("only widgets are in a snapshot", () => {
  const status = message("status", "2020-01-01T00:00:00Z");
  assert.deepEqual(sinceSnapshot(status, "2026-11-23T10:00:00Z"), status);
});

test("instants are compared across zones and fractions", () => {
  assert.equal(instant("2026-11-23T11:00:00.5+01:00"), instant("2026-11-23T10:00:00.500000Z"));
  assert.ok(instant("2026-11-23T10:00:00Z") < instant("2026-11-23T10:00:00.000001Z"));
});

test("the address takes names and plain values, and nothing else", () => {
  assert.equal(cleaned("punti=IT001E1,IT001E2&da=2025-09-01&a=2025-09-30"), "?punti=IT001E1,IT001E2&da=2025-09-01&a=2025-09-30");
  assert.equal(cleaned("?x=<script>&da=2025-09-01&javascript:alert(1)=1"), "?da=2025-09-01");
  assert.equal(cleaned("//evil.example/?a=1"), "");
  assert.equal(cleaned(""), "");
  assert.ok(cleaned("a=" + "9".repeat(100_000)).length <= 2_001);
});

test("a file is named after its heading", () => {
  assert.equal(fileName("  Consumi per ora: è così!  "), "consumi-per-ora-e-cosi");
  assert.equal(fileName("../../etc/passwd"), "etc-passwd");
  assert.equal(fileName("日本"), "grafico");
});

test("an answer about the kernel is read for what it means", () => {
  const answer = (status: number, type = "basic") => ({ ok: status === 200, status, type });
  assert.equal(standing(answer(200)), "well");
  assert.equal(standing(answer(404)), "ended");
  assert.equal(standing(answer(0, "opaqueredirect")), "session over");
  assert.equal(standing(answer(403)), "session over");
  assert.equal(standing(answer(503)), "lost");
  assert.equal(standing(null), "lost");
});

test("every language has every name of a day and a month", () => {
  for (const language of ["it", "en", "tlh"]) {
    const { times } = formatsOf(language);
    assert.deepEqual([times.days.length, times.shortDays.length, times.months.length, times.shortMonths.length], [7, 7, 12, 12]);
    assert.ok(!times.date.startsWith("%m"));
  }
  assert.equal(formatsOf("it").numbers.decimal, ",");
});
