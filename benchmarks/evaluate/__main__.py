"""`python -m benchmarks.evaluate`."""

from benchmarks.evaluate.commands import main

if __name__ == "__main__":
    main()
