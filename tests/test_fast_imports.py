"""What starting must not wait for: a grammar that nothing uses, and libraries that a command does not need."""

import json
import subprocess
import sys

import pytest


def modules_after(code):
    """The modules that a fresh Python has imported after running ``code``."""
    tell = "import json, sys; print(json.dumps([name for name, module in sys.modules.items() if module]))"
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return set(json.loads(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "start",
    [
        "import portal_lib.fast_imports, portal_lib.hub.authenticator",
        "import portal_lib.fast_imports, portal_lib.web.server",
    ],
)
def test_neither_hub_nor_service_builds_the_grammar_of_addresses(start):
    assert not {"rfc3987_syntax", "lark"} & modules_after(start)


def test_the_command_lines_help_waits_for_no_library_of_data_or_jupyter():
    heavy = {"pandas", "numpy", "sqlalchemy", "tornado", "jupyterhub", "jupyter_server", "papermill", "alembic",
             "pydantic_settings", "rich", "lxml", "matplotlib"}  # fmt: skip
    assert not heavy & modules_after("import portal_lib.cli.main")
