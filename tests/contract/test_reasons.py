"""A reason's mark, code, way and paper rule never change once released."""

import json

from postal.reasons import Reason, reason_of
from tests.support.template import ROOT

LOCK = ROOT / "tests" / "contract" / "reasons.lock.json"


def test_released_reasons_are_as_they_were() -> None:
    released = json.loads(LOCK.read_text(encoding="utf-8"))
    present = {reason.code: [reason.mark, reason.way.value, reason.unopened.value] for reason in Reason}

    assert present == released, "add new reasons to the lock; released ones stay as they are"


def test_marks_are_single_and_distinct() -> None:
    assert len({reason.mark for reason in Reason}) == len(Reason)
    assert all(len(reason.mark) == 1 for reason in Reason)
    assert all(reason_of(reason.mark) is reason for reason in Reason)


def test_every_reason_is_explained_in_every_language() -> None:
    for reason in Reason:
        assert all(reason.explanation(language).endswith(".") for language in ("da", "nb", "nn", "en"))
