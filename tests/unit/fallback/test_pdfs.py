import logging
import string
import subprocess
import sys
from types import FrameType

import pytest
from fpdf import FPDF
from fpdf.enums import EncryptionMethod
from hypothesis import given, settings
from hypothesis import strategies as st

from brevdue.sample.pdf import Form, fill
from fallback import pdfs
from fallback.pdfs import _WORDS, MOST_PAGES, Pdf, PdfFault, PdfProblem, check, in_words
from postal.senders import Language
from tests.support.pdfs import A4, document, packed, stream, written


def made(*formats: str | tuple[float, float], orientation: str = "portrait") -> FPDF:
    """A PDF with a page of text in each format."""
    pdf = FPDF(unit="mm")
    for format_ in formats:
        pdf.add_page(format=format_, orientation=orientation)
        pdf.set_font("helvetica", size=11)
        pdf.cell(text="Kjære mottaker")
    return pdf


def in_mm(width: float, height: float, left: float = 0, bottom: float = 0) -> bytes:
    corners = (left, bottom, left + width, bottom + height)
    return b"[%s]" % " ".join(f"{mm / 25.4 * 72:.3f}" for mm in corners).encode()


def fault(data: bytes) -> PdfFault | None:
    found = check(data)
    return found.code if isinstance(found, PdfProblem) else None


def not_a4(page: int, width: int, height: int) -> PdfProblem:
    return PdfProblem(code=PdfFault.NOT_A4, page=page, width=width, height=height)


@pytest.mark.parametrize("pages", [1, 2, 15])
def test_pages_in_a4_can_be_printed(pages: int) -> None:
    assert check(bytes(made(*["A4"] * pages).output())) == Pdf(pages=pages)


def test_letters_of_the_sample_can_be_printed() -> None:
    form = Form(("Nordby kommune",), (0, 90, 60), "Vedtak", "Referanse", ("Du har fått vedtak.",), "Nordby")
    assert check(fill(form, ("Kari Eksempel", "Storgata 1", "0155 Oslo"), "N-1")) == Pdf(pages=1)


@pytest.mark.parametrize("build", [document, packed])
def test_pages_are_counted_however_they_are_stored(build: type) -> None:
    assert check(build(A4, A4, A4)) == Pdf(pages=3)


@pytest.mark.parametrize(
    ("format_", "orientation", "size"),
    [("A4", "landscape", (297, 210)), ("letter", "portrait", (216, 279)), ("A3", "portrait", (297, 420))],
)
def test_other_formats_are_named_with_their_size(format_: str, orientation: str, size: tuple[int, int]) -> None:
    assert check(bytes(made(format_, orientation=orientation).output())) == not_a4(1, *size)


def test_the_first_page_that_is_not_a4_is_named() -> None:
    assert check(bytes(made("A4", "A4", "A3", "letter").output())) == not_a4(3, 297, 420)


@pytest.mark.parametrize(("width", "height"), [(207, 297), (213, 297), (210, 294), (210, 300), (213.4, 293.6)])
def test_a_page_may_be_off_by_three_millimetres(width: float, height: float) -> None:
    assert check(document(b"/MediaBox " + in_mm(width, height))) == Pdf(pages=1)


@pytest.mark.parametrize(("width", "height"), [(206, 297), (214, 297), (210, 293), (210, 301)])
def test_a_page_may_not_be_off_by_four(width: int, height: int) -> None:
    assert check(document(b"/MediaBox " + in_mm(width, height))) == not_a4(1, width, height)


@pytest.mark.parametrize(
    "page",
    [
        b"/MediaBox " + in_mm(310, 440) + b" /CropBox " + in_mm(210, 297, 50, 50),
        b"/MediaBox " + in_mm(210, 297) + b" /CropBox " + in_mm(400, 500, -50, -50),
        b"/MediaBox " + in_mm(210, 297, -100, 1000),
        b"/MediaBox [595 842 0 0]",
        b"/MediaBox [0 842 595 0]",
        b"/MediaBox " + in_mm(297, 210) + b" /Rotate 90",
        b"/MediaBox " + in_mm(297, 210) + b" /Rotate -90",
        b"/MediaBox " + in_mm(297, 210) + b" /Rotate 630",
        b"/MediaBox " + in_mm(210, 297) + b" /Rotate 180",
        b"/MediaBox " + in_mm(105, 148.5) + b" /UserUnit 2",
        b"/MediaBox " + in_mm(2100, 2970) + b" /CropBox " + in_mm(2100, 2970) + b" /UserUnit 0.1",
    ],
)
def test_a_page_is_measured_as_a_reader_shows_it(page: bytes) -> None:
    assert check(document(page)) == Pdf(pages=1)


@pytest.mark.parametrize(
    ("page", "width", "height"),
    [
        (b"/MediaBox " + in_mm(210, 297) + b" /Rotate 90", 297, 210),
        (b"/MediaBox " + in_mm(210, 297) + b" /CropBox " + in_mm(200, 297, 5), 200, 297),
        (b"/MediaBox " + in_mm(210, 297) + b" /CropBox " + in_mm(210, 297, 20), 190, 297),
        (b"/MediaBox " + in_mm(210, 297) + b" /UserUnit 2", 420, 594),
        (b"/MediaBox [0 0 0 0]", 0, 0),
        (b"/MediaBox " + in_mm(210, 297) + b" /CropBox " + in_mm(210, 297, 300), 0, 297),
    ],
)
def test_what_a_reader_shows_may_not_be_a4(page: bytes, width: int, height: int) -> None:
    assert check(document(page)) == not_a4(1, width, height)


def test_a_page_inherits_its_size_and_rotation() -> None:
    landscape = b"/MediaBox " + in_mm(297, 210)
    assert check(document(b"", b"/Rotate 90", tree=landscape)) == not_a4(1, 297, 210)
    assert check(document(b"", b"/Rotate 0", tree=landscape + b" /Rotate 270")) == not_a4(2, 297, 210)
    assert check(document(b"", tree=landscape + b" /Rotate 270")) == Pdf(pages=1)


def test_sizes_may_be_objects_of_their_own() -> None:
    data = written(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Count 4 0 R /Kids [3 0 R] >>",
            3: b"<< /Type /Page /MediaBox 5 0 R /Rotate 6 0 R /UserUnit 4 0 R >>",
            4: b"1",
            5: b"[0 0 7 0 R 595]",
            6: b"90",
            7: b"842",
        }
    )
    assert check(data) == Pdf(pages=1)


@pytest.mark.parametrize("method", [EncryptionMethod.RC4, EncryptionMethod.AES_128, EncryptionMethod.AES_256])
@pytest.mark.parametrize("user_password", [None, "kun for deg"])
def test_encrypted_pdfs_are_refused_even_where_they_open_without_password(
    method: EncryptionMethod, user_password: str | None
) -> None:
    pdf = made("A4")
    pdf.set_encryption("eier", user_password, method)
    assert fault(bytes(pdf.output())) is PdfFault.ENCRYPTED


def test_encryption_that_nobody_knows_is_encryption_too() -> None:
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 0 /Kids [] >>"}
    assert fault(written(objects, b"/Encrypt << /Filter /Unheard.of >>")) is PdfFault.ENCRYPTED
    assert fault(written(objects, b"/Encrypt 9 0 R")) is PdfFault.ENCRYPTED
    assert fault(written(objects, b"/Encrypt null")) is PdfFault.NO_PAGES


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", "Kjære mottaker".encode(), b"%!PS-Adobe", b" " * 1_024 + document(A4)]
)
def test_what_has_no_header_is_no_pdf(data: bytes) -> None:
    assert fault(data) is PdfFault.NOT_A_PDF


def test_something_may_stand_before_the_header() -> None:
    assert check(b"\xef\xbb\xbf\r\n" + document(A4)) == Pdf(pages=1)


def test_a_pdf_without_pages_is_refused() -> None:
    assert fault(document()) is PdfFault.NO_PAGES


def test_a_pdf_fills_an_envelope_at_most() -> None:
    assert check(document(*[A4] * MOST_PAGES)) == Pdf(pages=160)
    assert check(document(*[A4] * (MOST_PAGES + 1))) == PdfProblem(code=PdfFault.TOO_MANY_PAGES, pages=161)


DEEP = {number: b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % (number + 1) for number in range(2, 300)}


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n",
        b"%PDF-1.4\nstartxref\n0\n%%EOF\n",
        b"%PDF-1.4\nstartxref\n-7\n%%EOF\n",
        b"%PDF-1.4\nstartxref\n" + b"9" * 5_000 + b"\n%%EOF\n",
        document(A4, count=2),
        document(A4, A4, count=1),
        document(b""),
        document(b"/MediaBox [0 0 595]"),
        document(b"/MediaBox (A4)"),
        document(b"/MediaBox [0 0 /A /B]"),
        document(b"/MediaBox [0 0 595 " + b"9" * 400 + b".0]"),
        document(A4 + b" /Rotate /Left"),
        document(A4 + b" /UserUnit [1]"),
        written({1: b"<< /Type /Catalog >>"}),
        written({1: b"[]"}),
        written({1: b"<< /Type /Catalog /Pages 3 0 R >>", 2: b"null"}),
        written({1: b"<< /Type /Catalog /Pages 1 0 R >>"}),
        written({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 1 /Kids [9 0 R] >>"}),
        written({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"}),
        written({1: b"<< /Type /Catalog /Pages 2 0 R >>", **DEEP, 300: b"<< /Type /Page " + A4 + b" >>"}),
        written({1: b"<< /Type /Catalog /Pages 2 0 R /X " + b"[" * 100_000 + b" >>"}),
        written({1: b"<< /Type /Catalog /Pages 2 0 R /X " + b"<< /A " * 100_000 + b" >>"}),
    ],
)
def test_what_does_not_open_is_damaged(data: bytes) -> None:
    assert fault(data) is PdfFault.DAMAGED


@pytest.mark.parametrize(
    ("entries", "content", "times"),
    [
        (b"", bytes(1_000), 9_000),
        (b"/Index [0 1500000]", b"\1\0\1\0", 1_500_000),
        (b"/DecodeParms << /Predictor 12 /Columns 100000 >>", b"\4" + b"\1" * 100_000, 70),
        (b"/Filter [%s]" % (b"/FlateDecode " * 100), b"", 0),
    ],
    ids=["bytes", "entries", "predictor", "filters"],
)
def test_bombs_are_damaged_pdfs(entries: bytes, content: bytes, times: int) -> None:
    table = stream(b"/Type /XRef /Size 2 /W [1 2 1] /Root 1 0 R " + entries, content * times, is_packed=True)
    data = b"%%PDF-1.7\n1 0 obj\n%s\nendobj\nstartxref\n9\n%%%%EOF\n" % table
    assert len(data) < 20_000
    assert fault(data) is PdfFault.DAMAGED


def test_streams_unpack_to_so_many_bytes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(A4)
    monkeypatch.setattr(pdfs, "_MOST_BYTES", 100)
    assert fault(data) is PdfFault.DAMAGED
    monkeypatch.undo()
    assert fault(data) is None


def test_a_check_ends_when_it_has_cost_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfs, "_MOST_SECONDS", 0.05)
    # Every page tree leads to the next one ten times.
    trees = {n: b"<< /Type /Pages /Count 1 /Kids [%s] >>" % (b"%d 0 R " % (n + 1) * 10) for n in range(2, 60)}
    data = written({1: b"<< /Type /Catalog /Pages 2 0 R >>", **trees, 60: b"<< /Type /Page " + A4 + b" >>"})
    assert fault(data) is PdfFault.DAMAGED


def test_a_profiler_that_was_there_before_is_there_again() -> None:
    def profiler(_frame: FrameType, _event: str, _argument: object) -> None:
        pass

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        check(document(A4))
        check(b"%PDF-")
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(before)


def test_the_library_says_nothing(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    data = document(A4)
    with caplog.at_level(logging.DEBUG):
        for broken in (data.replace(b"3 0 obj\n", b"3  0  obj\n"), data[:-4], data.replace(b"%%EOF", b""), b"%PDF-"):
            check(broken)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_the_library_is_not_imported_before_a_pdf_is_checked() -> None:
    code = "import sys; sys.path.insert(0, 'functions'); import fallback.pdfs; print('pypdf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout.split() == ["False"]


WHOLE = (bytes(made("A4", "A4").output()), document(A4, A4), packed(A4, A4))


@settings(deadline=None)  # the first check imports pypdf
@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert fault(b"%PDF-1.7\n" + data) is PdfFault.DAMAGED
    check(data)


@settings(deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_what_breaks_off_is_never_printed(whole: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, whole.rindex(b"startxref")))
    assert fault(whole[:end]) in {PdfFault.NOT_A_PDF, PdfFault.DAMAGED}


EDITS = st.lists(
    st.tuples(
        st.integers(0, 5_000),
        st.integers(0, 20),
        st.binary(max_size=8)
        | st.sampled_from(
            [b"/Kids [2 0 R]", b"1 0 R", b"<<", b"[", b"(", b"-1", b"99999999999", b"/Prev 9", b"stream\n", b"%%EOF"]
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None)
@given(st.sampled_from(WHOLE), EDITS)
def test_no_damage_makes_it_raise(whole: bytes, edits: list[tuple[int, int, bytes]]) -> None:
    data = bytearray(whole)
    for at, length, put in edits:
        start = at % len(data)
        data[start : start + length] = put
    found = check(bytes(data))
    assert isinstance(found, PdfProblem) or 1 <= found.pages <= MOST_PAGES


@settings(deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), st.sampled_from([0, 90, 180, 270]))
def test_a_page_is_a4_or_named_with_its_size(width: int, height: int, rotate: int) -> None:
    found = check(document(b"/MediaBox %s /Rotate %d" % (in_mm(width, height), rotate)))
    width, height = (height, width) if rotate in {90, 270} else (width, height)
    is_a4 = abs(width - 210) <= 3 and abs(height - 297) <= 3
    assert found == (Pdf(pages=1) if is_a4 else not_a4(1, width, height))


ANY_PROBLEM = {"pages": 161, "page": 2, "width": 148, "height": 210}


@pytest.mark.parametrize("language", ["en", "da", "nb", "nn"])
@pytest.mark.parametrize("code", list(PdfFault))
def test_every_fault_is_told_in_every_language(code: PdfFault, language: Language) -> None:
    told = in_words(PdfProblem(code=code, **ANY_PROBLEM), "a{b}.pdf", language)
    assert (told.code, told.column) == (code, "document")
    assert "“a{b}.pdf”" in told.message
    assert told.message.endswith(".")
    assert told.remedy.endswith(".")


@pytest.mark.parametrize("code", list(PdfFault))
def test_languages_name_the_same_facts_in_other_words(code: PdfFault) -> None:
    words = _WORDS[code]
    fields = [
        {name for text in pair for _, name, _, _ in string.Formatter().parse(text) if name is not None}
        for pair in words
    ]
    assert fields[0] == fields[1] == fields[2]
    assert words.en[0] != words.da[0] != words.nb[0] != words.en[0] or code in {PdfFault.NOT_A_PDF, PdfFault.NO_PAGES}


def test_nynorsk_reads_bokmal() -> None:
    problem = PdfProblem(code=PdfFault.DAMAGED)
    assert in_words(problem, "a.pdf", "nn") == in_words(problem, "a.pdf", "nb")


def test_words_name_what_was_found() -> None:
    told = in_words(not_a4(2, 148, 210), "brev.pdf", "en")
    assert told.message == "Page 2 of “brev.pdf” is 148 x 210 mm, and not A4 portrait (210 x 297 mm)."
    told = in_words(PdfProblem(code=PdfFault.TOO_MANY_PAGES, pages=161), "brev.pdf", "nb")
    assert told.message == "“brev.pdf” har 161 sider; en konvolutt rommer 160, på 80 ark."
