"""Who hears what of reports, in which language, how often: and every notice once."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from portal_lib.accounts import report_mails, staff
from portal_lib.accounts.people import set_language
from portal_lib.accounts.registration_form import RegistrationForm
from portal_lib.accounts.report_mails import Notice
from portal_lib.accounts.tables import account, account_customer, outgoing_mail, report_mail
from portal_lib.settings import Settings
from tests.accounts.conftest import MovableClock, PaperDirectory
from tests.accounts.owner import Owner, opened


@pytest.fixture
def owner(
    engine: Engine,
    clock: MovableClock,
    directory: PaperDirectory,
    settings: Settings,
    household_form: RegistrationForm,
) -> Owner:
    return opened(engine, clock, directory, settings, household_form)


def notice(owner: Owner, number: int, kind: str = "deposited", code: str = "10002001", **more: Any) -> Notice:
    facts: dict[str, Any] = {
        "report": "R4", "title": "Curve orarie", "period": "2026-01", "due_on": date(2026, 3, 9),
        "reason_it": None, "reason_en": None, "at": owner.clock.now.replace(tzinfo=None),
    }  # fmt: skip
    return Notice(id=number, kind=kind, customer_code=code, **(facts | more))  # type: ignore[arg-type]


def tell(owner: Owner, *notices: Notice) -> int:
    return report_mails.tell(owner.engine, owner.clock, owner.settings, notices)


def want(owner: Owner, wanted: bool = True) -> None:
    report_mails.choose(owner.engine, owner.clock, owner.hub_name, wanted)


def hire(owner: Owner, login: str, group: Any) -> None:
    staff.add(owner.engine, owner.clock, login, group, "Girasole-7")
    with owner.engine.begin() as connection:
        address = {"email": f"{login}@example.it"}
        connection.execute(sa.update(account).where(account.c.login == login).values(address))


def last_mail(owner: Owner) -> sa.Row[Any]:
    with owner.engine.connect() as connection:
        return connection.execute(sa.select(outgoing_mail).order_by(outgoing_mail.c.id.desc()).limit(1)).one()


def test_nobody_gets_a_mail_who_did_not_ask_for_one(owner: Owner) -> None:
    assert not report_mails.wanted(owner.engine, owner.hub_name)
    assert tell(owner, notice(owner, 1)) == 0


def test_who_asked_hears_of_a_document_once(owner: Owner) -> None:
    want(owner)
    assert report_mails.wanted(owner.engine, owner.hub_name)
    first = notice(owner, 1)
    assert tell(owner, first) == 1
    mail = last_mail(owner)
    assert mail.recipient == owner.row.email and mail.account_id == owner.row.id
    assert mail.subject.startswith("Nuovi documenti su")
    assert "Curve orarie, periodo 2026-01 (codice cliente 10002001)" in mail.text
    assert f"{owner.settings.address}/services/portale/download" in mail.text
    owner.clock.forward(days=3)
    assert tell(owner, first) == 0


def test_one_mail_a_day_names_all_that_came_since(owner: Owner) -> None:
    want(owner)
    assert tell(owner, notice(owner, 1)) == 1
    owner.clock.forward(hours=2)
    later = [notice(owner, 2, period="2026-02"), notice(owner, 3, period="2026-02", title="Consumi mensili")]
    assert tell(owner, *later) == 0
    owner.clock.forward(hours=13)  # after midnight in Rome
    assert tell(owner, *later) == 1
    text = last_mail(owner).text
    assert "Curve orarie, periodo 2026-02" in text and "Consumi mensili, periodo 2026-02" in text
    assert "2026-01" not in text


def test_the_mail_is_in_the_language_of_the_account(owner: Owner) -> None:
    want(owner)
    set_language(owner.engine, owner.hub_name, "en")
    assert tell(owner, notice(owner, 1)) == 1
    mail = last_mail(owner)
    assert mail.subject.startswith("New documents on") and "Curve orarie, period 2026-01" in mail.text


def test_what_was_there_before_one_asked_is_no_news(owner: Owner) -> None:
    before = notice(owner, 1)
    owner.clock.forward(minutes=1)
    want(owner)
    assert tell(owner, before) == 0
    want(owner, False)
    assert tell(owner, notice(owner, 2)) == 0


def test_documents_of_others_and_of_codes_not_approved_are_told_to_nobody(owner: Owner) -> None:
    want(owner)
    assert tell(owner, notice(owner, 1, code="20001001")) == 0
    with owner.engine.begin() as connection:
        connection.execute(sa.update(account_customer).values(approved_at=None))
    assert tell(owner, notice(owner, 2)) == 0


def test_a_frozen_account_gets_none(owner: Owner) -> None:
    want(owner)
    with owner.engine.begin() as connection:
        connection.execute(sa.update(account).values(state="frozen"))
    assert tell(owner, notice(owner, 1)) == 0


def test_a_customer_hears_nothing_of_failures_and_operators_do_once_an_hour(owner: Owner) -> None:
    want(owner)
    hire(owner, "carla", "operators")
    hire(owner, "anna", "analysts")
    failed = notice(owner, 1, "failed", reason_it="inchiostro finito", reason_en="out of ink")
    assert tell(owner, failed, notice(owner, 2, "due")) == 1
    mail = last_mail(owner)
    assert mail.recipient == "carla@example.it"
    assert mail.subject == "Report: 1 non riusciti, 1 in scadenza"
    assert "R4 2026-01 per 10002001: inchiostro finito" in mail.text
    assert "R4 2026-01 per 10002001: scade il 09/03/2026" in mail.text
    assert "/hub/operatori/consegne" in mail.text
    owner.clock.forward(minutes=59)
    another = notice(owner, 3, "failed", reason_it="x", reason_en="x")
    assert tell(owner, failed, another) == 0
    owner.clock.forward(minutes=1)
    assert tell(owner, failed, another) == 1
    assert "inchiostro" not in last_mail(owner).text


def test_a_new_operator_is_not_told_last_months_news(owner: Owner) -> None:
    hire(owner, "carla", "operators")
    old = notice(owner, 1, "failed", at=owner.clock.now.replace(tzinfo=None) - timedelta(days=3))
    assert tell(owner, old) == 0


def test_many_documents_make_one_mail_of_bearable_length(owner: Owner) -> None:
    want(owner)
    assert tell(owner, *(notice(owner, number, period=f"20{number:02d}") for number in range(1, 60))) == 1
    text = last_mail(owner).text
    assert text.count("Curve orarie") == 20 and "… e altri 39." in text


def test_a_mail_that_cannot_be_queued_leaves_the_notice_untold(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    want(owner)

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr(report_mails.mail, "queue", full)
        tell(owner, notice(owner, 1))
    with owner.engine.connect() as connection:
        assert connection.execute(sa.select(report_mail.c.seen)).scalar_one() == 0
    assert tell(owner, notice(owner, 1)) == 1
