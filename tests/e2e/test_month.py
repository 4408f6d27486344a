"""A few days of random letters, events, orders, outages and deaths: every letter is where a plain model has it.

`make month` plays a whole month of them.
"""

import ast
from pathlib import Path

import pytest

from tests.simulation import month
from tests.support.office import ROOT, Office

#: Of which the model shares no code with the post office.
PLAIN = ["happenings.py", "model.py", "rules.py", "workdays.py"]


@pytest.mark.parametrize("seed", [2, 3])
def test_every_letter_is_where_the_model_has_it(office: Office, seed: int) -> None:
    said: list[str] = []
    verdict = month.play(office, seed, days=4, letters=36, say=said.append)

    assert verdict.is_good, "\n".join([*said, *verdict.report, *verdict.oddities, verdict.line])


def test_the_model_shares_no_code_with_the_post_office() -> None:
    for name in PLAIN:
        tree = ast.parse(Path(ROOT, "tests", "simulation", name).read_text())
        froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        packages = {module.partition(".")[0] for module in froms | names}
        ours = {module for module in froms if module.startswith("tests.")}

        assert not packages & {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()}, name
        assert "brevdue" not in packages, name
        assert all(
            Path(f"{ROOT}/{module.replace('.', '/')}.py").name in PLAIN
            for module in ours
            if module != "tests.simulation"
        )
