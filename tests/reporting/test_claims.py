"""Claims on owed documents: one holder at a time, taken over from the dead, and no deposit without one."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib import db
from portal_lib.deposit import depositing
from portal_lib.refused import Refused
from portal_lib.reporting import claims
from portal_lib.reporting.claims import ClaimLost, Worker
from portal_lib.reporting.due import Terms
from portal_lib.reporting.owed import Piece
from portal_lib.reporting.periods import Period
from portal_lib.reporting.tables import report_notice, report_run
from portal_lib.reporting.tenders import TenderReport

NOON = datetime(2025, 4, 10, 10, tzinfo=UTC)
MARCH = Period(2025, 3)


class Ink(Refused):
    it, en = "inchiostro finito", "out of ink"


@pytest.fixture
def engine(data_engine: Engine) -> Engine:
    return data_engine


def piece(code: str = "10002001", *, provisional_discharges: bool = False) -> Piece:
    report = TenderReport(
        "R1", "Prova", "Consumi mensili", Path("r1.ipynb"), ("month",), Terms(30), ("csv",), {}, "prova",
        provisional_discharges=provisional_discharges,
    )  # fmt: skip
    return Piece(report, MARCH, code, frozenset({code}), report.terms.due_on(MARCH.last))


def at(**later: float) -> Callable[[], datetime]:
    return lambda: NOON + timedelta(**later)


def deposit(
    engine: Engine, folder: Path, one: Piece, worker: Worker | None, *, provisional: bool = False
) -> depositing.Deposit:
    return depositing.deposit(
        engine, folder, customer_code=one.customer_code, report="R1", title="x", period_first=MARCH.first,
        period_last=MARCH.last, due_on=one.due_on, documents={"csv": b"x"}, names="v{1}.{0}".format,
        clock=at(), provisional=provisional,
        together=(lambda connection: claims.finish(connection, one, worker, at(), provisional=provisional))
        if worker is not None else None,
    )  # fmt: skip


def row(engine: Engine) -> sa.Row[tuple[object, ...]]:
    with db.reading(engine) as connection:
        return connection.execute(sa.select(report_run)).one()


def notices(engine: Engine) -> list[tuple[str, str | None]]:
    with db.reading(engine) as connection:
        rows = connection.execute(sa.select(report_notice).order_by(report_notice.c.id))
        return [(one.kind, one.reason_en) for one in rows]


def test_a_document_has_one_holder_at_a_time(engine: Engine) -> None:
    assert claims.claim(engine, piece(), at()) is not None
    assert claims.claim(engine, piece(), at()) is None
    assert claims.claim(engine, piece(), at(), retry=True) is None
    assert claims.claim(engine, piece("10002002"), at()) is not None


def test_of_many_who_ask_at_once_one_gets_it(engine: Engine) -> None:
    got: list[Worker | None] = []
    threads = [threading.Thread(target=lambda: got.append(claims.claim(engine, piece(), at()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8 and sum(worker is not None for worker in got) == 1


def test_the_claim_of_a_process_that_is_gone_is_taken_over_at_once(engine: Engine) -> None:
    program = "from portal_lib.reporting.claims import Worker; print(Worker.here())"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    dead = Worker.parse(said)
    assert dead.is_gone and not Worker.here().is_gone
    assert claims.claim(engine, piece(), at()) is not None
    with engine.begin() as connection:
        connection.execute(report_run.update().values(worker=str(dead)))
    assert claims.claim(engine, piece(), at()) is not None


def test_a_number_given_to_another_process_meanwhile_is_no_sign_of_life() -> None:
    here = Worker.here()
    assert Worker(here.machine, here.process, here.began - 100, "x").is_gone
    assert not Worker("another machine", here.process, here.began - 100, "x").is_gone


def test_a_claim_without_a_sign_of_life_runs_out(engine: Engine) -> None:
    first = claims.claim(engine, piece(), at())
    assert first is not None
    assert claims.keep_alive(engine, first, at(seconds=100))
    assert claims.claim(engine, piece(), at(seconds=200)) is None
    second = claims.claim(engine, piece(), at(seconds=221))
    assert second is not None
    assert not claims.keep_alive(engine, first, at(seconds=222))
    assert claims.keep_alive(engine, second, at(seconds=222))


def test_whoever_lost_the_claim_deposits_nothing(engine: Engine, tmp_path: Path) -> None:
    first = claims.claim(engine, piece(), at())
    second = claims.claim(engine, piece(), at(minutes=3))
    assert first is not None and second is not None
    with pytest.raises(ClaimLost, match="R1 2025-03 10002001"):
        deposit(engine, tmp_path, piece(), first)
    assert not list(tmp_path.rglob("*.csv"))
    assert deposit(engine, tmp_path, piece(), second).version == 1
    with pytest.raises(ClaimLost):
        deposit(engine, tmp_path, piece(), second)
    assert row(engine).state == "done"
    assert notices(engine) == [("deposited", None)]


def test_what_somebody_deposited_by_hand_meanwhile_is_not_deposited_again(engine: Engine, tmp_path: Path) -> None:
    worker = claims.claim(engine, piece(), at())
    assert deposit(engine, tmp_path, piece(), None).version == 1
    with pytest.raises(ClaimLost):
        deposit(engine, tmp_path, piece(), worker)
    assert claims.claim(engine, piece(), at(days=1), retry=True) is None


def test_a_failure_keeps_its_reason_and_waits_longer_each_time(engine: Engine) -> None:
    waits = []
    later = timedelta(0)
    for _ in range(7):
        now = at(seconds=later.total_seconds())
        worker = claims.claim(engine, piece(), now)
        assert worker is not None
        claims.fail(engine, piece(), worker, Ink(), now)
        waits.append(row(engine).next_try - now().replace(tzinfo=None))
        assert claims.claim(engine, piece(), at(seconds=(later + waits[-1]).total_seconds() - 1)) is None
        later += waits[-1]
    assert waits == [timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360, 360, 360)]
    assert (row(engine).reason_it, row(engine).reason_en, row(engine).failures) == (
        "inchiostro finito",
        "out of ink",
        7,
    )
    assert notices(engine) == [("failed", "out of ink")]  # operators hear of the first in a row


def test_who_lost_the_claim_does_not_overwrite_what_became_of_it(engine: Engine) -> None:
    first, _ = claims.claim(engine, piece(), at()), claims.claim(engine, piece(), at(minutes=3))
    assert first is not None
    claims.fail(engine, piece(), first, Ink(), at(minutes=4))
    claims.put_back(engine, piece(), first, at(minutes=4))
    assert (row(engine).state, row(engine).failures) == ("running", 0)


def test_a_provisional_document_stays_owed_unless_the_tender_says_otherwise(engine: Engine, tmp_path: Path) -> None:
    worker = claims.claim(engine, piece(), at())
    assert deposit(engine, tmp_path, piece(), worker, provisional=True).provisional
    assert claims.claim(engine, piece(), at(hours=1)) is None  # it is looked at again after a while
    assert claims.claim(engine, piece(provisional_discharges=True), at(hours=7)) is None
    worker = claims.claim(engine, piece(), at(hours=7))
    assert deposit(engine, tmp_path, piece(), worker).version == 2
    assert claims.claim(engine, piece(), at(days=9)) is None


def test_operators_hear_once_of_what_will_be_late(engine: Engine) -> None:
    pressing = [piece(), piece("10002002")]
    assert claims.tell_due(engine, pressing[:1], at()) == 1
    assert claims.tell_due(engine, pressing, at(days=1)) == 1
    assert claims.tell_due(engine, pressing, at(days=2)) == 0
    with db.reading(engine) as connection:
        found = connection.execute(sa.select(report_notice.c.customer_code, report_notice.c.due_on)).all()
    assert [tuple(one) for one in found] == [("10002001", date(2025, 4, 30)), ("10002002", date(2025, 4, 30))]
