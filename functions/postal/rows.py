"""The row file: a manifest in its one canonical form, a JSON object a line.

Ingest writes it once; everybody after ingest reads it. A line is a letter or a
refused row.
"""

from typing import Final

import msgspec

from postal.letters import Letter, RefusedRow

Row = Letter | RefusedRow

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Row)


def encode(row: Row) -> bytes:
    """One line of the row file, with its line break."""
    return _ENCODER.encode(row) + b"\n"


def decode(line: bytes) -> Row:
    """The row of one line; raises msgspec.DecodeError where it is none."""
    row: Row = _DECODER.decode(line)
    return row


def decode_page(data: bytes) -> list[Row]:
    """The rows of a page's bytes, in order; raises msgspec.DecodeError where one is none."""
    rows: list[Row] = _DECODER.decode_lines(data)
    return rows
