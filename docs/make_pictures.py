"""Writes the pictures of the batch report into docs/pictures/, and checks the page in a browser. Run by `make look`.

The pages are made of the batches of tests/support/reports.py: a large one, of which the pictures
are, and those of which there is little to say. Each has to fit a telephone and A4 paper, and to
load nothing.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from pypdf import PdfReader

from tests.support import reports

PICTURES: Final = Path(__file__).with_name("pictures")

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
_SECONDS: Final = 120
#: Whatever has a browser load something.
_LOADS: Final = re.compile(r"""https?://|\bsrc\s*=|\bhref\s*=|\burl\(|@import|<(?:script|link|iframe|object|embed)\b""")
_PHONE: Final = 360
#: Name, width and height of the pictures, in pixels.
_SIZES: Final = (("report-wide.png", 1280, 1420), ("report-phone.png", _PHONE, 1240))
_A4: Final = (595, 842)


class Browser:
    """Headless Chromium with a profile of its own."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def run(self, page: Path, *flags: str) -> str:
        """Open a page; what the browser prints.

        Raises:
            CalledProcessError: it failed.
            TimeoutExpired: it hangs.
        """
        command = [self._program, *_FLAGS, f"--user-data-dir={self._folder}", *flags, page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True)  # noqa: S603 - a fixed command of our own
        return done.stdout


def complaints(name: str, browser: Browser, page: Path) -> list[str]:
    """What is wrong with a page."""
    text = page.read_text(encoding="utf-8")
    found = [f"{name} loads something: {match.group()}" for match in _LOADS.finditer(text)]
    width = _width_on_phone(browser, page)
    if width > _PHONE:
        found.append(f"{name} is {width} px wide on a telephone of {_PHONE} px")
    paper = page.with_suffix(".pdf")
    browser.run(page, "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    sizes = {(round(sheet.mediabox.width), round(sheet.mediabox.height)) for sheet in PdfReader(paper).pages}
    if sizes != {_A4}:
        found.append(f"{name} does not print on A4: {sorted(sizes)}")
    return found


def _width_on_phone(browser: Browser, page: Path) -> int:
    """How wide a page gets in a frame of a telephone's width: a window of its own is never so narrow."""
    frame = page.with_name("frame.html")
    inner = escape(page.read_text(encoding="utf-8"))
    measure = "document.title = this.contentDocument.documentElement.scrollWidth"
    frame.write_text(f'<title></title><iframe width="{_PHONE}" frameborder="0" onload="{measure}" srcdoc="{inner}">')
    found = re.search(r"<title>(\d+)</title>", browser.run(frame, "--dump-dom"))
    if found is None:
        raise ValueError("the browser measured nothing")
    return int(found[1])


def make(pages: Mapping[str, bytes], browser: Browser, work: Path, pictures: Path) -> list[str]:
    """Check all pages and take the pictures of the first; what is wrong with them."""
    found: list[str] = []
    files = []
    for name, data in pages.items():
        page = work / f"{name}.html"
        page.write_bytes(data)
        files.append(page)
        found += complaints(name, browser, page)
    pictures.mkdir(parents=True, exist_ok=True)
    for name, width, height in _SIZES:
        browser.run(files[0], f"--screenshot={pictures / name}", f"--window-size={width},{height}")
    return found


def main() -> None:
    """Make the pictures, in a folder that is named or in docs/pictures/; ends with 1 where a page is wrong."""
    pictures = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        sys.exit("make look needs Chromium: install it, on Debian with `apt-get install chromium`, and run it again")
    with TemporaryDirectory() as folder:
        work = Path(folder)
        found = make(reports.pages(), Browser(program, work / "profile"), work, pictures.resolve())
    for complaint in found:
        print(complaint, file=sys.stderr)  # noqa: T201 - a script's own words
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
