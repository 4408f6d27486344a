"""Locks every dependency list with hashes and without index addresses.

Run by `make lock`. pyproject.toml is the one list that people edit.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
UV = Path(sys.executable).with_name("uv")

#: output file -> what goes into it
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements/dev.txt": ("pyproject.toml", "--extra", "desk", "--group", "dev", "requirements/build.in"),
    # What Lambda gets is what the tests ran with.
    "functions/requirements.txt": ("pyproject.toml", "--constraints", "requirements/dev.txt"),
    "requirements/sam.txt": ("requirements/sam.in",),
    "requirements/uv.txt": ("requirements/uv.in",),
}


def main() -> None:
    """Write every lock file; raises CalledProcessError where a list has no solution."""
    for output, sources in LOCKS.items():
        subprocess.run(  # noqa: S603 - a fixed command of our own
            [
                UV, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header",
                "--upgrade", *sources, "--output-file", output,
            ],
            cwd=ROOT,
            check=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
