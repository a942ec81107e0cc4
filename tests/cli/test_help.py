"""What a person meets first: help in words, a line while libraries load, and one when Ctrl-C was pressed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import socharm.cli
from socharm.cli import main
from socharm.cli.app import app

COMMANDS = [str(command.name) for command in app.registered_commands]
#: Commands that do no more than a small thing.
SMALL = {"init.py", "sources.py", "__init__.py"}


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_what_is_typed_and_no_kinds_of_python(command: str) -> None:
    told = shown(command)
    assert f"Usage: socharm {command}" in told or f"Usage: root {command}" in told
    assert not re.search(r"list\[|<(str|int|path|Path|float)|\{|None", told)
    assert max(map(len, told.splitlines())) <= 80


def test_the_list_of_commands_has_a_whole_line_for_each() -> None:
    lines = shown().split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in lines] == COMMANDS
    assert all(line.endswith(".") and not line.endswith("...") for line in lines)
    assert COMMANDS[:4] == ["demo", "init", "check", "run"]


def test_words_of_values_say_what_is_meant() -> None:
    told = shown("profile")
    assert "--area AREA" in told
    assert "--on DAY" in told
    assert "--to FOLDER" in told
    assert "--against SNAPSHOT" in told
    assert "--top NUMBER" in told
    assert re.search(r"^  SNAPSHOT +A snapshot folder", told, re.MULTILINE)


def test_completion_is_offered() -> None:
    assert "--install-completion" in shown()


def covered(tree: ast.AST) -> set[ast.AST]:
    """What stands in a block that shows that something is done."""
    blocks = [
        node for node in ast.walk(tree)
        if isinstance(node, ast.With) and any("working(" in ast.unparse(item) for item in node.items)
    ]  # fmt: skip
    return {inner for block in blocks for inner in ast.walk(block)}


@pytest.mark.parametrize("path", sorted(Path(socharm.cli.__path__[0]).glob("*.py")), ids=lambda path: path.name)
def test_a_line_stands_while_libraries_load(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    heavy = {
        node for function in functions for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("socharm.") and path.name not in SMALL
    }  # fmt: skip
    assert heavy <= covered(tree)


def test_ctrl_c_is_told_where_output_is_kept(capsys, monkeypatch, tmp_path) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socharm.assessment.many_runs.run_many", stopped)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["socharm", "run-many", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    printed = capsys.readouterr()
    assert printed.err == "Stopped; nothing was left half-written.\n"
    assert printed.out == ""
