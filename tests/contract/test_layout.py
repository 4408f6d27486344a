"""Arrows point one way: handler, service, cloud, postal. No function imports another."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.template import ROOT

FUNCTIONS = ROOT / "functions"
MODULES = sorted(FUNCTIONS.rglob("*.py"))
PACKAGES = {path.name for path in FUNCTIONS.iterdir() if (path / "__init__.py").exists()}

#: What the pure domain may import besides itself and the standard library.
PURE = {"postal", "msgspec", "stdnum"}
NO_CLOCK_NO_WORLD = {"os", "time", "random", "boto3", "botocore", "cloud"}


def _imports(path: Path) -> set[str]:
    """The top-level packages that a module imports when it runs: not under TYPE_CHECKING."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FUNCTIONS)))
def test_arrows_point_one_way(path: Path) -> None:
    package = path.relative_to(FUNCTIONS).parts[0]
    allowed = {"postal": {"postal"}, "cloud": {"cloud", "postal"}}.get(package, {package, "cloud", "postal"})

    assert _imports(path) & PACKAGES <= allowed


@pytest.mark.parametrize("path", sorted((FUNCTIONS / "postal").glob("*.py")), ids=lambda path: path.name)
def test_the_domain_is_pure(path: Path) -> None:
    assert not _imports(path) & NO_CLOCK_NO_WORLD
    assert "datetime.now" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FUNCTIONS)))
def test_only_the_clock_tells_the_time(path: Path) -> None:
    if path != FUNCTIONS / "cloud" / "clock.py":
        assert not re.search(r"datetime\.now|utcnow|time\.time\(|date\.today", path.read_text(encoding="utf-8"))


def test_the_environment_is_read_in_one_place() -> None:
    readers = {path.relative_to(FUNCTIONS).as_posix() for path in MODULES if "os.environ" in path.read_text("utf-8")}

    assert readers == {"cloud/environment.py"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=lambda p: p.parent.name)
def test_packages_are_empty(path: Path) -> None:
    assert path.read_text() == ""


def test_nothing_scans_a_table() -> None:
    assert not [path for path in MODULES if re.search(r"\.scan\(", path.read_text(encoding="utf-8"))]


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(\S+)", text, re.MULTILINE))


def test_lambda_gets_what_pyproject_asks_for_and_the_tests_ran_with() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[>=<\[]", dependency)[0] for dependency in project["dependencies"]}
    shipped, tested = _pins("functions/requirements.txt"), _pins("requirements/dev.txt")

    assert asked <= shipped.keys()
    assert shipped.items() <= tested.items()
    assert "boto3" not in shipped


@pytest.mark.parametrize(
    "name", ["functions/requirements.txt", *(f"requirements/{n}.txt" for n in ("dev", "sam", "uv"))]
)
def test_locks_have_hashes_and_no_addresses(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index" not in text
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text.strip()))
