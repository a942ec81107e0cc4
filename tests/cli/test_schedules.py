"""Recipes of the docs for a crontab, the Windows Task Scheduler and a CI job, each read by a parser of its own."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from socharm.cli.app import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "assessment-store.md"
#: Fields of a crontab with the least and the most of each.
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def block(kind: str, *, after: str = "") -> str:
    """The one block of a kind on the page; of a kind of which there are several, the one below some words."""
    page = PAGE.read_text(encoding="utf-8")
    text = page[page.index(after) :].split("\n\n", 2)[1] + "\n" if after else page
    found = re.findall(rf"^```{kind}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return found[0].strip()


def require_known(command: str) -> None:
    """A command of ours whose subcommand, arguments and options are those of the command line."""
    program, name, *arguments = shlex.split(command)
    assert program == "socharm"
    group = typer.main.get_command(app)
    # Parsed as the program parses it, and not run.
    found = group.commands[name].make_context(name, arguments)
    assert found.params["profiles"] == 20
    assert found.params["as_json"]


def cron_fields(line: str) -> tuple[list[set[int]], str]:
    """Values of the five fields of a line of a crontab, and its command as cron hands it on."""
    *fields, command = line.split(maxsplit=5)
    assert len(fields) == 5
    values = []
    for text, (least, most) in zip(fields, FIELDS, strict=True):
        numbers = set(range(least, most + 1)) if text == "*" else {int(part) for part in text.split(",")}
        assert numbers <= set(range(least, most + 1))
        values.append(numbers)
    assert not re.search(r"(?<!\\)%", command), "cron takes a bare sign of per cent for the end of the command"
    return values, command.replace("\\%", "%")


def test_the_line_of_the_crontab():
    values, command = cron_fields(block("text", after="In a crontab"))
    assert values[:4] == [{0}, {6}, {1}, {4, 10}]
    assert values[4] == set(range(8))
    place, ours = command.split(" && ")
    assert place == "cd /srv/socharm"
    ours, output = ours.rsplit(" > ", 1)
    assert output == "rescore.json"
    assert "$(date +%F)" in ours
    require_known(ours.replace("$(date +%F)", "2026-10-01"))


def test_the_task_of_windows():
    program, verb, *options = re.findall(r'"[^"]*"|\S+', block("bat"))
    assert (program, verb) == ("schtasks", "/create")
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert set(given) == {"/tn", "/sc", "/m", "/d", "/st", "/tr"}
    assert given["/sc"] == "monthly"
    assert set(given["/m"].split(",")) <= set("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())
    assert re.fullmatch(r"[01]\d:[0-5]\d", given["/st"])
    assert 1 <= int(given["/d"]) <= 28
    shell, ours = given["/tr"].strip('"').split("; ")
    assert shell.startswith("powershell -Command cd ")
    assert "(Get-Date -Format yyyy-MM-dd)" in ours
    require_known(ours.replace("(Get-Date -Format yyyy-MM-dd)", "2026-10-01"))


def test_the_job_of_a_ci_server():
    yaml = pytest.importorskip("yaml")
    job = yaml.safe_load(block("yaml"))
    when = job[True]["schedule"][0]["cron"]  # a bare `on` is a yes in YAML 1.1
    assert cron_fields(f"{when} command")[0][:4] == [{0}, {6}, {1}, {4, 10}]
    steps = job["jobs"]["rescore"]["steps"]
    (run,) = [step["run"] for step in steps if "run" in step]
    ours, output = run.rsplit(" > ", 1)
    require_known(ours.replace("$(date +%F)", "2026-10-01"))
    (kept,) = [step["with"]["path"] for step in steps if "with" in step]
    assert output == kept
