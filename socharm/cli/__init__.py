"""The command line: it composes the public functions, and does nothing a notebook cannot do."""

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``socharm`` command."""
    from socharm.cli.app import app
    from socharm.cli.console import speak_plainly

    speak_plainly()
    app(prog_name="socharm")
