"""The bundle's TypeScript: its types, and its own tests in Node's test runner."""

import subprocess

from tests.journeys.portal import CHECKOUT

NODE = ["sh", "deploy/node.sh", ".venv"]


def run(*command):
    return subprocess.run([*NODE, *command], cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False)


def test_the_types_are_right():
    checked = run("node_modules/.bin/tsc", "-p", "portal_lib/frontend")
    assert checked.returncode == 0, checked.stdout


def test_its_own_tests_pass(tmp_path):
    sources = sorted(str(path) for path in (CHECKOUT / "tests" / "frontend").glob("*.test.ts"))
    assert sources
    built = run(
        "node_modules/.bin/esbuild", *sources, "--bundle", "--platform=node", "--format=cjs", f"--outdir={tmp_path}",
        "--log-level=warning",
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    tested = run("node", "--test", *(str(path) for path in sorted(tmp_path.glob("*.js"))))
    assert tested.returncode == 0, tested.stdout
    assert "# pass 0" not in tested.stdout
