from hypothesis import given
from hypothesis import strategies as st

from postal.letters import Document, Letter
from postal.portions import MOST_BYTES, MOST_DOCUMENTS, first_portion

#: The documents of letters: which of a hundred, and how large.
DOCUMENTS = st.lists(
    st.lists(st.tuples(st.integers(0, 100), st.sampled_from([1, 1_000_000, 90_000_000, 300_000_000])), min_size=1),
    min_size=1,
    max_size=200,
)


def _letters(documents: list[list[tuple[int, int]]]) -> dict[int, Letter]:
    return {
        row: Letter(
            row=row,
            reference=f"ref-{row}",
            recipient="",
            title="Et brev",
            documents=tuple(Document(path=f"{n}-{size}.pdf", version="v", size=size, etag="e") for n, size in some),
        )
        for row, some in enumerate(documents, start=1)
    }


def _is_too_much(rows: list[int], letters: dict[int, Letter]) -> bool:
    documents = {document for row in rows for document in letters[row].documents}
    return len(documents) > MOST_DOCUMENTS or sum(document.size for document in documents) > MOST_BYTES


@given(DOCUMENTS)
def test_a_portion_is_as_many_letters_as_fit_and_one_at_least(documents: list[list[tuple[int, int]]]) -> None:
    letters = _letters(documents)
    rows = list(letters)
    first = first_portion(rows, letters)

    assert first
    assert first == rows[: len(first)]
    assert len(first) == 1 or not _is_too_much(first, letters)
    assert len(first) == len(rows) or _is_too_much(rows[: len(first) + 1], letters)


def test_a_document_of_all_letters_counts_once() -> None:
    letters = _letters([[(1, 1_000_000)]] * 400)

    assert first_portion(list(letters), letters) == list(letters)
