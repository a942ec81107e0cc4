"""The command line: it composes the public functions, and does nothing a notebook cannot do."""

__all__ = ["main"]


def main() -> None:
    """Entry point of the ``socharm`` command."""
    import atexit
    import gc
    import io
    import sys

    # Imports and runs make millions of small objects that live to their end. At Python's own pace it would look through
    # them again and again for some that are no longer needed.
    gc.set_threshold(400_000, 50, 100)
    # Nor for circles among what the end of the process gives back all the same.
    atexit.register(gc.freeze)

    import typer

    from socharm.cli.app import app
    from socharm.cli.console import EXIT_BAD_INPUT, EXIT_FAULT, EXIT_STOPPED, say, speak_plainly

    speak_plainly()
    try:
        code = app(prog_name="socharm", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        code = EXIT_STOPPED
    except BrokenPipeError:
        sys.stdout = None  # Python would try to flush it once more
        sys.exit(EXIT_FAULT)
    except Exception as error:
        # The parser's own errors, whose class moves between versions; they repeat what was typed.
        if not hasattr(error, "show"):
            raise
        told = io.StringIO()
        error.show(file=told)
        say(told.getvalue().rstrip("\n"), error=True)
        sys.exit(getattr(error, "exit_code", EXIT_BAD_INPUT))
    if code == EXIT_STOPPED:  # some versions of typer give this instead of the interruption
        say("Stopped; nothing was left half-written.", error=True)
    sys.exit(code if isinstance(code, int) else 0)
