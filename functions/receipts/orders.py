"""`orders.csv`: every order of a batch, and what became of it.

It is made of the order files and of the answers that are stored by now, so it is no
function of the list and has its own time: it is written when it differs from the one
that stands, over that one and over nothing else.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final

from cloud.batches import Batches
from cloud.bucket import Bucket, ObjectInfo
from cloud.chunks import chunks
from cloud.time_left import TimeLeft
from postal import cells, keys, orders
from postal.batches import Batch
from postal.orders import Answer, OrderAnswers, OrderLine
from receipts import objects, words
from receipts.lists import Listed, ListPage

ORDERS_NAME: Final = "orders.csv"
COLUMNS: Final = ("file", "line", "order", "reference", "until", "answer", "letters", "text")

_SHA256: Final = "sha256"
_LINES_AT_ONCE: Final = 1_000
_BLOCK: Final = 1_024

#: An answer is kept as a byte, counted from 1; 0 for none.
_ANSWERS: Final = tuple(Answer)
_BYTES: Final = {answer: n for n, answer in enumerate(_ANSWERS, start=1)}


def hash_of(found: ObjectInfo) -> str:
    """The SHA-256 of the file that stands."""
    return found.metadata[_SHA256]


def standing(bucket: Bucket, batch: Batch) -> ObjectInfo | None:
    """The file that stands, or None before the first."""
    return bucket.head(objects.key_of(batch, ORDERS_NAME))


class Gathered:
    """The answers of a batch's pages, gathered as a run goes through them: a byte for each line of an order file."""

    def __init__(self, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        # In blocks, for the first line of a file may have any number.
        self._lines: dict[tuple[str, int], bytearray] = {}
        self._counts: defaultdict[tuple[str, int], Counter[Answer]] = defaultdict(Counter)

    def add(self, answers: Mapping[str, OrderAnswers]) -> None:
        """Add a page's answers, by order file; those of files that came later are left to a later run."""
        for file in self._files & answers.keys():
            for line, answer in answers[file].lines.items():
                block, place = divmod(int(line), _BLOCK)
                self._lines.setdefault((file, block), bytearray(_BLOCK))[place] = _BYTES[answer]
            for line, counts in answers[file].letters.items():
                self._counts[file, int(line)].update(counts)

    def of_letter(self, file: str, line: int) -> Answer:
        """What became of an order for one letter."""
        block, place = divmod(line, _BLOCK)
        noted = self._lines.get((file, block))
        return _ANSWERS[noted[place] - 1] if noted and noted[place] else Answer.WAITING

    def of_all(self, file: str, line: int, letters: int) -> list[tuple[Answer, int]]:
        """What became of an order for all of so many letters: how many met each answer, those that wait last."""
        counts = self._counts.get((file, line), Counter[Answer]())
        answered = [(answer, counts[answer]) for answer in _ANSWERS if counts[answer]]
        waiting = letters - counts.total()
        if waiting > 0:
            answered.append((Answer.WAITING, waiting))
        return answered or [(Answer.DONE, 0)]


class OrdersFile:
    """The file of one run: fed while the run reads the pages, and brought up to date after its list."""

    def __init__(self, bucket: Bucket, batches: Batches, batch: Batch, over: ObjectInfo | None) -> None:
        """A file of nothing yet.

        Args:
            bucket: where it stands.
            batches: where the answers are stored.
            batch: of the orders.
            over: the file that stood before the batch was read: so what is written is always newer.
        """
        self._bucket = bucket
        self._batch = batch
        self._over = over
        self._of_batch = batches.batch_answers(batch) if batch.order_files else {}
        self._gathered = Gathered(batch.order_files)

    def gathering(self, pages: Iterable[ListPage]) -> Iterator[ListPage]:
        """The pages, of which the answers are kept as they go by."""
        for page in pages:
            self._gathered.add(page.answers)
            yield page

    def bring_up_to_date(self, listed: Listed, time_left: TimeLeft) -> None:
        """Write the file where it differs from the one that stood.

        Its bytes are made twice rather than kept, for its hash goes before them.

        Raises:
            ConflictError: another run has written it meanwhile.
            OutOfTimeError: there is no time to write it; a later run does.
            LookupError: an order file that was taken is not there.
        """
        if not self._batch.order_files:
            return
        files = self._order_files()
        made = sha256()
        for data in time_left.each(self._data(files)):
            made.update(data)
        if self._over is not None and hash_of(self._over) == made.hexdigest():
            return
        with self._bucket.writer(
            objects.key_of(self._batch, ORDERS_NAME),
            content_type=cells.CONTENT_TYPE,
            metadata={**objects.metadata(listed.number), _SHA256: made.hexdigest()},
            only_over=objects.only_over(self._over, listed.number),
        ) as writer:
            for data in time_left.each(self._data(files)):
                writer.write(data)
            writer.close()

    def _order_files(self) -> dict[str, ObjectInfo]:
        """The canonical form of each order file, by its id, in the order of the sender's names."""
        files: dict[str, ObjectInfo] = {}
        for file in sorted(self._batch.order_files, key=lambda file: (_name(file), file)):
            found = self._bucket.head(keys.order_file(self._batch.sender.id, self._batch.id, file))
            if found is None:
                raise LookupError("an order file that was taken is not there")
            files[file] = found
        return files

    def _data(self, files: Mapping[str, ObjectInfo]) -> Iterator[bytes]:
        yield cells.BYTE_ORDER_MARK + cells.encode([COLUMNS])
        for file, found in files.items():
            for some in chunks(self._bucket.stream_lines(found.key, found.version), _LINES_AT_ONCE):
                lines = map(orders.decode, some)
                yield cells.encode(row for line in lines for row in self._rows(file, line))

    def _rows(self, file: str, line: OrderLine) -> Iterator[tuple[str, ...]]:
        for answer, letters in self._answers(file, line):
            text = line.error or words.OF_ANSWER[answer].read_in(self._batch.sender.language)
            yield (_name(file), str(line.line), line.order, line.reference, line.until, answer, letters, text)

    def _answers(self, file: str, line: OrderLine) -> list[tuple[Answer, str]]:
        """The answers to an order, each with how many letters it is about."""
        if line.error:
            return [(Answer.REFUSED, "")]
        letters = self._batch.rows - self._batch.refused_rows
        of_batch = self._of_batch.get(file, OrderAnswers()).lines.get(str(line.line))
        if of_batch is not None:
            return [(of_batch, str(letters))]
        if self._batch.sender.is_neutral:
            # Whatever became of it, and also when: what waits may wait for a mailbox.
            return [(Answer.ACCEPTED, "1" if line.row else "")]
        if line.row:
            return [(self._gathered.of_letter(file, line.line), "1")]
        return [(answer, str(count)) for answer, count in self._gathered.of_all(file, line.line, letters)]


def _name(file: str) -> str:
    """What the sender called an order file."""
    return file.partition("@")[0]
