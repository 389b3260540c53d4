"""`python -m clove`."""

from clove.cli.app import main

main()
