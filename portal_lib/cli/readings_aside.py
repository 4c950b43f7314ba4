"""``portal readings put-aside`` and ``retry``: files that were refused, and trying them again."""

from typing import TYPE_CHECKING, Annotated

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.cli.readings import Pod, load_and_say, loading_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from portal_lib.metering.put_aside import PutAside

_COLUMNS = ("key", "file", "since", "rule", "pod", "day", "reason")


def put_aside(as_json: AsJson = False) -> None:
    """List the files put aside, oldest first: which rule each broke, and of which POD and day.

    KEY is the beginning of the content's SHA-256, where the file lies in
    var/put-aside; portal readings retry takes it, too.
    """
    from portal_lib.metering import put_aside
    from portal_lib.metering.exceptions import printable
    from portal_lib.settings import load_settings

    settings = load_settings()
    rows = [
        {
            "key": one.key,
            "file": printable(one.path.name),
            "since": one.at,
            "rule": one.rule,
            "pod": one.pod,
            "day": one.day,
            "reason": one.reason,
        }
        for one in put_aside.waiting(settings.put_aside_folder)
    ]
    if rows or as_json:
        answer(rows, _COLUMNS, as_json=as_json)
    if not rows:
        say("portal: no file is put aside.")


def retry(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", help="Names or keys of files put aside; all of them by default."),
    ] = None,
    pod: Pod = None,
    as_json: AsJson = False,
) -> None:
    """Try files put aside again: after a setting or a name was corrected, or a point was told.

    What is taken now is moved to var/put-aside/done/YEAR-MONTH/; the others
    stay, with the newest reason.
    """
    from portal_lib.clock import system_clock
    from portal_lib.metering import filing, put_aside
    from portal_lib.metering.deliveries import items_in
    from portal_lib.settings import load_settings

    settings = load_settings()
    folder = settings.put_aside_folder
    chosen = _chosen(list(put_aside.waiting(folder)), names or [])
    if not chosen:
        if as_json:
            answer([], (), as_json=True)
        say("portal: no file is put aside.")
        return
    # The copy put aside goes with the load. What was only there must not be gone, whenever this is ended.
    filed = {one: filing.also_filed(one.path, folder, system_clock()) for one in chosen}
    with loading_of(settings, pod) as loading:
        items = list(items_in(one.path for one in chosen))
        outcomes = load_and_say(items, loading, jobs=1, as_json=as_json)
    taken = {item.path for item in items}
    taken -= {item.path for item in items[len(outcomes) :]}
    taken -= {item.path for item, outcome in zip(items, outcomes, strict=False) if outcome.loaded is None}
    for one in chosen:
        if one.path in taken:
            put_aside.forget(folder, one.key)
        else:
            filed[one].unlink(missing_ok=True)
    if len(taken) < len(chosen):
        raise typer.Exit(1)


def _chosen(waiting: "Sequence[PutAside]", names: "Sequence[str]") -> "list[PutAside]":
    """The files of these names or keys; all where there are no names. ``NotPutAside`` for one that is none."""
    from portal_lib.metering.exceptions import NotPutAside, printable

    for name in names:
        if not any(name in (one.path.name, one.key) for one in waiting):
            raise NotPutAside(name=printable(name))
    return [one for one in waiting if not names or one.path.name in names or one.key in names]
