"""`python -m portal.cli`: the command line without its console script."""

from portal.cli import main

if __name__ == "__main__":
    main()
