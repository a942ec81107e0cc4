"""The command line on whatever is typed: no traceback, no command to the terminal, a telling exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from socharm.cli import main
from socharm.cli.app import app
from socharm.cli.console import shown
from socharm.errors import SocharmError

PATHS = (
    "", ".", "..", "folder", "empty.toml", "folder.toml", "latin.toml", "loop.toml", "a\x1b[31mb.toml", "gone.toml",
    "x" * 300, "x" * 5_000 + ".toml", "a\nb.toml", "\u202egpj.toml", "é😀.toml", "http://a.example/b.toml",
    "/vsizip/a.toml", "/dev/null", "/proc/self/mem", "~", "-", "*.toml", "\udc80.toml", "a\x07.toml", "empty.toml/x",
    "C:\\x.toml", "nul", "pipe.toml", "endless.toml", "a/b/c", "[areas]",
)  # fmt: skip
COMMANDS = (
    ("init", "{}"), ("check", "{}"), ("check", "{}", "--json"), ("run", "{}"), ("run", "-q", "{}", "--json"),
    ("verify", "{}"), ("verify", "{}", "--json"), ("profile", "{}", "--area", "{}"), ("profile", "{}", "--top", "-1"),
    ("profile", "{}", "--on", "{}", "--area", "x"), ("plan", "{}", "--area", "x", "--start", "{}"),
    ("evaluate", "{}"), ("evaluate", "{}", "--register", "{}"), ("evaluate", "{}", "--json"),
    ("dashboard", "{}", "--plan", "{}"), ("publish", "{}", "--role", "{}"), ("{}",), ("check", "--{}"),
)  # fmt: skip


@pytest.fixture
def odd(tmp_path, monkeypatch) -> Path:
    """A folder of things that are no recipe."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "empty.toml").touch()
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe9"')
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    (tmp_path / "a\x1b[31mb.toml").write_text("a")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.toml")
        (tmp_path / "endless.toml").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.skipif(os.name == "nt", reason="the names are those of other systems")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_argument_ends_in_a_traceback(odd, command):
    for path in PATHS:
        arguments = [part.format(path) for part in command]
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), (arguments, result.exception)
        assert result.exit_code in (0, 1, 2, 3), arguments
        assert "Traceback" not in result.output, arguments
        if "--json" in arguments and result.exit_code != 2:
            json.loads(result.stdout)


def typed(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "socharm", *arguments],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=120,
    )


def typed_here(capsys, monkeypatch, *arguments: str) -> tuple[int, str]:
    """Exit code, and what is printed, of the same in this process, which has imported everything."""
    monkeypatch.setattr("sys.argv", ["socharm", *arguments])
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    return int(ended.value.code or 0), printed.out + printed.err


@pytest.mark.parametrize(
    "arguments",
    [("check", "a\x1b[31m\x07.toml"), ("check", "x", "\x1b]0;gone\x07"), ("\x1b[2J",), ("check", "--\x1b[2J"),
     ("profile", "\x1b[2J", "--area", "\x9b2J"), ("init", "folder\x07/\x1b[2J/a.toml")],
)  # fmt: skip
def test_nothing_that_is_typed_steers_the_terminal(odd, capsys, monkeypatch, arguments):
    code, printed = typed_here(capsys, monkeypatch, *arguments)
    assert code in (1, 2, 3)
    assert printed.isprintable() or not {letter for letter in printed if letter < " "} - {*"\n\t"}
    assert "\x9b" not in printed
    assert "Traceback" not in printed


def test_what_a_message_shows():
    assert shown("plain é 😀\n  and a tab\t") == "plain é 😀\n  and a tab\t"
    assert shown("\x1b[31m\x7f\x9b\u202e\u2066\udc80\r") == "\\x1b[31m\\x7f\\x9b\\u202e\\u2066\\udc80\\r"


@pytest.mark.parametrize(
    "error", [ValueError("boom"), OSError(5, "Input/output error"), RecursionError(), KeyError("x")]
)
def test_an_unforeseen_error_is_told_in_one_sentence(monkeypatch, error, tmp_path):
    def fails(path):
        raise error

    monkeypatch.setattr("socharm.snapshot.verification.verify_assessment", fails)
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert result.exit_code == 1
    assert "fault of socharm" in result.output
    told = json.loads(CliRunner().invoke(app, ["verify", str(tmp_path), "--json"]).stdout)
    assert told["exit_code"] == 1
    monkeypatch.setenv("SOCHARM_DEBUG", "1")
    assert CliRunner().invoke(app, ["verify", str(tmp_path)]).exception is error


def test_the_module_runs_as_the_command_does(own, capsys, monkeypatch):
    assert typed("--version").stdout.startswith(b"socharm ")
    assert typed_here(capsys, monkeypatch, "check", str(own / "assessment.toml"))[0] == 0
    done = typed("run", str(own / "assessment.toml"), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["ranked"] == 11
    (own / "assessment.toml").write_text("[index]\nper = nan\n")
    faulty = typed("run", str(own / "assessment.toml"))
    assert faulty.returncode == 2
    assert b"index.per is nan" in faulty.stderr
    code, printed = typed_here(capsys, monkeypatch, "check", str(own / "assessment.toml"))
    assert code == 2
    assert "index.per is nan" in printed


def test_a_reader_that_goes_away_is_no_fault(own):
    command = f'"{sys.executable}" -m socharm check "{own / "assessment.toml"}" | true'
    done = subprocess.run(command, shell=True, capture_output=True, timeout=120)
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_errors_of_every_kind_have_an_exit_code():
    from socharm.cli.console import exit_code

    kinds = SocharmError.__subclasses__()
    assert {kind.__name__: exit_code(kind("x")) for kind in kinds} == {
        "SchemaError": 2, "AlignmentError": 2, "CRSError": 2, "ParameterError": 2, "StoreError": 1,
        "MissingExtraError": 1, "RefusedError": 3,
    }  # fmt: skip


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command prints to a terminal."""
    import pty

    leader, follower = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.Popen(
        [sys.executable, "-m", "socharm", *arguments],
        stdout=follower,
        stderr=follower,
        env={**kept, "TERM": "xterm", **environment},
    )
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # the other end was closed
            break
        if not part:
            break
        parts.append(part)
    done.wait(timeout=120)
    os.close(leader)
    return b"".join(parts).decode("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="a terminal of other systems")
def test_colours_are_for_terminals_that_want_them(own, tmp_path):
    (own / "assessment.toml").write_text("[index]\nper = nan\n")
    told = on_a_terminal("check", str(own / "assessment.toml"))
    assert "\x1b[31m\x1b[1mproblem:\x1b[0m [recipe] index.per is nan" in told
    assert "\x1b" not in on_a_terminal("check", str(own / "assessment.toml"), NO_COLOR="1")
    assert b"\x1b" not in typed("check", str(own / "assessment.toml")).stderr


@pytest.mark.skipif(os.name == "nt", reason="a terminal of other systems")
def test_a_check_shows_its_progress_and_a_run_its_summary_in_colour(own):
    told = on_a_terminal("check", str(own / "assessment.toml"))
    assert "reading" in told
    assert "\x1b[32m\x1b[1mNo problem found." in told
    assert "reading" not in typed("check", str(own / "assessment.toml")).stdout.decode()


def test_the_summary_keeps_its_words_whatever_their_colour(monkeypatch, capsys):
    from socharm.cli import console

    text = "OFFICIAL   small\n\nMost harm (days):\n   1  Ward\n† Far more crimes.\nNote: of old weights.\nSnapshot: a/b"
    console.say_summary(text)
    assert capsys.readouterr().out == f"{text}\n"
    monkeypatch.setattr(console, "has_colours", lambda *, error=False: True)
    painted = [console._painted(line, "green") for line in text.splitlines() if line]
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in painted] == [line for line in text.splitlines() if line]
