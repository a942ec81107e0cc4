"""``python -m socharm``: the command line where launchers are blocked."""

from socharm.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
