"""A few days of random letters, events, orders, outages and deaths: every letter is where a plain model has it.

`make month` plays a whole month of them.
"""

import ast
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.simulation import month
from tests.simulation.drawing import draw
from tests.simulation.plan import Upload
from tests.support.office import ROOT, START, Office

#: Of which the model shares no code with the post office.
PLAIN = ["happenings.py", "model.py", "rules.py", "workdays.py"]


#: The third: an opening that is told after a print job took the letter, which its printer then refuses.
@pytest.mark.parametrize(("seed", "days", "letters"), [(2, 4, 36), (3, 4, 36), (911141, 5, 40)])
def test_every_letter_is_where_the_model_has_it(office: Office, seed: int, days: int, letters: int) -> None:
    said: list[str] = []
    verdict = month.play(office, seed, days=days, letters=letters, say=said.append)

    assert verdict.is_good, "\n".join([*said, *verdict.report, *verdict.oddities, verdict.line])


def test_a_batch_is_accepted_with_the_last_of_its_documents(office: Office) -> None:
    """Its manifest came before the cut-off, its documents after it: nothing of it is in that print job."""
    month_ = draw(13185, START, 30, 420)
    (upload,) = [one for one in month_.deeds if isinstance(one.deed, Upload) and one.deed.batch == "b005"]
    begin, end = upload.at - timedelta(hours=1), upload.at + timedelta(days=2)
    plan = replace(month_, start=begin, end=end, deeds=(upload,), silence=(end, end))

    verdict = month.play_plan(office, plan, say=lambda _: None)

    assert verdict.is_good, "\n".join([*verdict.report, *verdict.oddities, verdict.line])


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
