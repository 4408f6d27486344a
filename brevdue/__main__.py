"""`python -m brevdue`."""

from brevdue.cli import main

main()
