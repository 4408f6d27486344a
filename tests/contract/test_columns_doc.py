"""docs/senders-guide.md explains the columns that check-in knows."""

import pytest

from docs import make_columns


def test_the_table_is_as_the_code_makes_it() -> None:
    text = make_columns.PAGE.read_text(encoding="utf-8")

    assert text == make_columns.page(text), "run `make docs`"


def test_what_stands_around_the_table_stays() -> None:
    page = make_columns.page("before\n<!-- columns: begin -->\nof another time\n<!-- columns: end -->\nafter\n")

    assert page.startswith("before\n<!-- columns: begin -->\n\n| column |")
    assert page.endswith("\n<!-- columns: end -->\nafter\n")
    assert "of another time" not in page
    assert make_columns.page(page) == page


@pytest.mark.parametrize("text", ["", "<!-- columns: begin -->", "<!-- columns: end --> <!-- columns: begin -->"])
def test_a_guide_without_the_marks_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"senders-guide\.md has no <!-- columns: begin -->"):
        make_columns.page(text)
