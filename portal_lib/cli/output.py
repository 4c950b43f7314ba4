"""How every command answers: a table or JSON on standard output, sentences for people on standard error."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

#: ``--json`` of every command that reports.
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


#: A table is as wide as its words. Cut to the terminal, or to 80 columns in a pipe, a file's name would lose its month.
_ANY_WIDTH = 10_000


def say(sentence: str) -> None:
    """A sentence for the operator."""
    print(sentence, file=sys.stderr)


def answer(rows: Iterable[dict[str, Any]], columns: Sequence[str], *, as_json: bool) -> None:
    """Rows as an aligned table, or as a JSON list of objects."""
    rows = list(rows)
    if as_json:
        json.dump(rows, sys.stdout, default=str, ensure_ascii=False, indent=2)
        print()
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*("" if row.get(name) is None else escape(str(row[name])) for name in columns))
    Console(width=_ANY_WIDTH).print(table)
