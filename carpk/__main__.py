"""`python -m carpk` is the carpk command."""

from carpk.cli import main

main()
