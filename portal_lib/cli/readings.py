"""``portal readings``: metering flows and the readings in them."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from portal_lib.cli.output import AsJson, answer, say
from portal_lib.refused import Refused

if TYPE_CHECKING:
    from rich.progress import Progress

app = typer.Typer(no_args_is_help=True)

_COLUMNS = ("file", "flow", "points", "days", "replaced", "outdated", "note")

#: From this many files on, someone at a terminal wants to see how far it has come.
_MANY = 4


@app.callback()
def _readings() -> None:
    """Metering flows and the readings in them."""


@app.command(
    epilog="Example: portal readings load flows/2025-03 export.csv --pod IT001E12345678",
)
def load(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Files, or folders whose .xml and .csv files are loaded."),
    ],
    pod: Annotated[
        str | None,
        typer.Option("--pod", metavar="POD", help="The point of a CSV export that does not name it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load distributors' flows (PDO) and customers' CSV exports.

    Each file is loaded whole or not at all, and once, however often it is given.
    Files that can't be taken get a sentence, and those at fault are put aside
    with the reason (var/put-aside); the others are loaded nevertheless. Which of
    two files prevails depends on their names, not on the order of loading.
    """
    from portal_lib import db
    from portal_lib.clock import system_clock
    from portal_lib.customers.points import expect, unannounced
    from portal_lib.metering.identifiers import normal_pod
    from portal_lib.metering.loading import load_file
    from portal_lib.settings import load_settings

    if pod is not None:
        pod = normal_pod(pod)  # a mistake in the call, not in any of the files
    settings = load_settings()
    db.migrate("data", settings.data_database)
    engine = db.open_engine(settings.data_database)

    files = files_in(paths)
    rows: list[dict[str, Any]] = []
    refused = 0
    try:
        with _progress(len(files)) as progress:
            task = progress.add_task("", total=len(files)) if progress else None
            for file in files:
                try:
                    loaded = load_file(
                        engine,
                        file,
                        resolve=expect,
                        waiting=unannounced,
                        clock=system_clock,
                        put_aside_folder=settings.put_aside_folder,
                        pod=pod,
                        supplier_vat=settings.supplier_vat,
                        distributor_vats=settings.distributor_vats,
                    )
                except Refused as refusal:
                    refused += 1
                    sentence = " ".join([str(refusal), *getattr(refusal, "__notes__", [])])
                    if progress:
                        progress.console.print(sentence, markup=False, highlight=False, soft_wrap=True)
                    else:
                        say(sentence)
                else:
                    rows.append(
                        {
                            "file": loaded.file,
                            "flow": loaded.flow,
                            "points": loaded.points,
                            "days": loaded.days,
                            "replaced": loaded.replaced,
                            "outdated": loaded.outdated,
                            "note": f"already loaded as {loaded.already}" if loaded.already else "",
                        }
                    )
                if progress and task is not None:
                    progress.advance(task)
    finally:
        engine.dispose()

    if rows or as_json:
        answer(rows, _COLUMNS, as_json=as_json)
    if not files:
        say(f"portal: there is no .xml or .csv file in {', '.join(map(str, paths))}: nothing was loaded.")
    if refused:
        raise typer.Exit(1)


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The files among these paths, and in name order the .xml and .csv files of the folders among them."""
    from portal_lib.metering.exceptions import UnreadableFile

    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        try:
            inside = [file for file in path.iterdir() if file.suffix.lower() in (".xml", ".csv")]
        except OSError as error:
            raise UnreadableFile(file=str(path), reason=error.strerror) from None
        files += sorted((file for file in inside if file.is_file()), key=lambda file: file.name)
    return files


def _progress(count: int) -> "Progress | nullcontext[None]":
    """A bar on standard error, where many files are loaded at a terminal."""
    if count < _MANY or not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True), transient=True)
