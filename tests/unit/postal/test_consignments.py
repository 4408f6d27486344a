from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from postal import rowsets
from postal.consignments import Delivered

AT = datetime(2026, 11, 18, 21, tzinfo=UTC)
NIGHT_OR_MORNING = st.booleans()
ROWS = st.lists(st.integers(1, 400), unique=True, min_size=1).map(sorted)


def test_an_sms_that_waits_is_remembered_until_it_is_sent() -> None:
    delivered = Delivered(at=AT, rows="1-6").told(3, [1, 3], [3]).told(6, [5], [])

    assert (delivered.rows_to_tell(), delivered.rows_to_text(), delivered.unreached) == ([], [1, 3, 5], "3")
    assert (delivered.texted(3).rows_to_text(), delivered.texted(3).unreached) == ([5], "")
    assert delivered.texted(5) == Delivered(at=AT, rows="1-6", notified_to=6)


@given(ROWS, st.integers(1, 60), st.data())
def test_everybody_is_told_once_and_in_order_by_each_way(rows: list[int], size: int, data: st.DataObject) -> None:
    delivered, emailed, texted = Delivered(at=AT, rows=rowsets.encode(rows)), [], []
    waiting = data.draw(st.sets(st.sampled_from(rows)))
    # Nights and mornings come as they like.
    while delivered.rows_to_tell() or delivered.rows_to_text():
        part, is_morning = delivered.rows_to_text()[:size], data.draw(NIGHT_OR_MORNING)
        if part and is_morning:
            texted += part
            delivered = delivered.texted(part[-1])
        elif part := delivered.rows_to_tell()[:size]:
            emailed += part
            delivered = delivered.told(part[-1], waiting.intersection(part), ())

    assert emailed == rows
    assert texted == sorted(waiting)
