"""environment.yml, pyproject.toml, package.json and the lock files say the same; none names a package index."""

import json
import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]

#: Where conda-forge calls a PyPI project by another name.
CONDA_NAME = {
    "holidays": "python-holidays",
    "jupyter-client": "jupyter_client",
    "jupyterhub": "jupyterhub-base",
    "matplotlib": "matplotlib-base",
}

#: What conda brings and pyproject.toml does not: the interpreter and, from npm, Node and the proxy.
ONLY_IN_CONDA = {"python", "nodejs", "configurable-http-proxy", "pip"}


def _split(requirement: str) -> tuple[str, str]:
    name, rest = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*(.*)", requirement).groups()
    return name.lower(), rest.replace(" ", "")


def _project() -> dict:
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text())


def _conda() -> dict[str, str]:
    lines = (CHECKOUT / "environment.yml").read_text().splitlines()
    start = lines.index("dependencies:") + 1
    listed = [line.strip().removeprefix("- ") for line in lines[start:] if line.strip().startswith("- ")]
    return dict(_split(entry) for entry in listed)


def _wanted() -> dict[str, str]:
    project = _project()
    listed = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    pairs = (_split(entry) for entry in listed)
    return {CONDA_NAME.get(name, name): rest for name, rest in pairs}


def test_conda_users_get_the_same_packages_in_the_same_versions():
    conda = _conda()
    assert {name: rest for name, rest in conda.items() if name not in ONLY_IN_CONDA} == _wanted()


def test_conda_users_get_the_same_python_node_and_proxy():
    conda, package = _conda(), json.loads((CHECKOUT / "package.json").read_text())
    assert conda["python"] == _project()["project"]["requires-python"]
    assert conda["nodejs"] == package["engines"]["node"]
    assert conda["configurable-http-proxy"] == "=" + package["dependencies"]["configurable-http-proxy"]


def test_every_dependency_is_pinned_in_the_lock_file():
    pinned = {line.split("==")[0].lower() for line in (CHECKOUT / "requirements.lock").read_text().splitlines()}
    back = {conda: pypi for pypi, conda in CONDA_NAME.items()}
    assert {back.get(name, name) for name in _wanted()} <= pinned


def test_no_lock_file_names_a_package_index():
    assert not re.search(r"://|^\s*-", (CHECKOUT / "requirements.lock").read_text(), re.MULTILINE)
    locked = json.loads((CHECKOUT / "package-lock.json").read_text())["packages"]
    assert locked
    assert not [name for name, package in locked.items() if "resolved" in package]


def test_continuous_integration_runs_the_readme_test_command():
    assert "make test" in (CHECKOUT / ".ci" / "run").read_text()
    assert "make test" in (CHECKOUT / "README.md").read_text()
