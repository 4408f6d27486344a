from collections import Counter
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from postal.orders import Answer, OrderAnswers
from receipts import words
from receipts.orders import Gathered

FILE, OTHER = "a.csv@v1", "b.csv@v1"

#: What routing can answer.
of_letters = st.sampled_from((Answer.DONE, Answer.TOO_LATE, Answer.NOT_HELD))


def test_every_answer_but_a_refusal_has_words() -> None:
    assert set(words.OF_ANSWER) == set(Answer) - {Answer.REFUSED}


@given(
    answers=st.dictionaries(st.integers(2, 70_000_000), of_letters),
    pages=st.integers(1, 5),
    unanswered=st.integers(2, 70_000_000),
)
def test_each_line_gets_its_own_answer(answers: Mapping[int, Answer], pages: int, unanswered: int) -> None:
    """Whichever pages they come from; the first line of a file may have any number."""
    gathered = Gathered([FILE, OTHER])
    for page in range(pages):
        of_page = {str(line): answer for line, answer in answers.items() if line % pages == page}
        gathered.add({FILE: OrderAnswers(lines=of_page)})
    assert {line: gathered.of_letter(FILE, line) for line in answers} == answers
    if unanswered not in answers:
        assert gathered.of_letter(FILE, unanswered) is Answer.WAITING
    assert {gathered.of_letter(OTHER, line) for line in answers} <= {Answer.WAITING}


@given(st.lists(st.dictionaries(of_letters, st.integers(1, 400), min_size=1)), st.integers(0, 400))
def test_letters_are_counted_by_their_answers(counts: list[dict[Answer, int]], waiting: int) -> None:
    gathered = Gathered([FILE])
    total: Counter[Answer] = Counter()
    for of_page in counts:
        gathered.add({FILE: OrderAnswers(letters={"2": of_page})})
        total.update(of_page)
    found = gathered.of_all(FILE, 2, total.total() + waiting)
    assert dict(found) == ({**total, **({Answer.WAITING: waiting} if waiting else {})} or {Answer.DONE: 0})
    assert [answer for answer, _ in found if answer is Answer.WAITING] == [found[-1][0]] * bool(waiting)
    assert gathered.of_all(FILE, 3, 5) == [(Answer.WAITING, 5)]


def test_answers_of_a_file_that_came_later_are_left_to_a_later_run() -> None:
    gathered = Gathered([FILE])
    gathered.add({OTHER: OrderAnswers(lines={"2": Answer.DONE}, letters={"3": {Answer.DONE: 1}})})
    assert gathered.of_letter(OTHER, 2) is Answer.WAITING
