"""Maps by several processes: the same bytes whoever draws, and nothing is lost where one is not begun or ends."""

from __future__ import annotations

import os
import pickle
import re
import time
import warnings
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from socharm.assessment import pictures
from socharm.assessment.drawing import PictureOrder
from socharm.assessment.pictures import Painters
from socharm.assessment.steps._step import Drawing
from socharm.assessment.steps.order import all_steps
from socharm.errors import ParameterError, SocharmWarning
from socharm.maps.furniture import new_axes

HERE = "socharm.assessment.pictures"
AREAS = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], index=["a"], crs=27700)


def draw(record, drawing):
    """A line as high as the record; who drew it is told in a warning. Nothing of an empty record."""
    warnings.warn(f"{record} by {os.getpid()}", SocharmWarning, stacklevel=1)
    if record is None:
        return None
    axes = new_axes(width=2.0, height=2.0)
    axes.plot([0, 1], [0, record])
    return axes


def faulty(record, drawing):
    raise ParameterError(f"{record} has no picture")


def orders(records=(3, None, 1, 2), by=draw) -> list[PictureOrder]:
    on = Drawing(areas=AREAS, basemap=None, protected=False, classes="quantiles")
    return [PictureOrder(file=f"{n}.png", draw=by, record=record, drawing=on) for n, record in enumerate(records)]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def wait_for_the_first(painters: Painters) -> None:
    deadline = time.monotonic() + 60
    while not painters._done and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processors, and four pictures are many; the other process finds the functions of this file."""
    monkeypatch.setattr(f"{HERE}._processors", lambda: 2)
    monkeypatch.setattr(f"{HERE}._MANY_PICTURES", 4)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("alone") / "maps"
    with warnings.catch_warnings(), Painters(orders(), 1) as painters:
        warnings.simplefilter("ignore")
        painters.finish(folder)
    found = files(folder)
    assert list(found) == ["0.png", "2.png", "3.png"]
    assert len(set(found.values())) == 3
    return found


def test_two_processes_draw_the_same_bytes_and_warn_in_the_order_of_the_pictures(two, alone, tmp_path):
    with Painters(orders(), 2) as painters:
        wait_for_the_first(painters)
        with pytest.warns(SocharmWarning) as told:
            painters.finish(tmp_path / "maps")
    assert files(tmp_path / "maps") == alone
    texts = [str(each.message).split(" by ") for each in told]
    assert [record for record, _ in texts] == ["3", "None", "1", "2"]
    assert texts[0][1] != str(os.getpid())  # the other one had the first
    assert all(process.poll() is not None for process in painters._others)


@pytest.mark.parametrize(
    ("command", "match"),
    [
        (
            ("-c", "import os; os._exit(9)"),
            r"Of 2 processes that draw maps, 1 ended \((EOF|BrokenPipe)Error\): drawing",
        ),
        (("-c", "input(); print('no pickle', flush=True)"), r"1 ended \(UnpicklingError\)"),
        (
            (),
            r"Of 2 processes that draw maps, 1 could not be begun \(FileNotFoundError\): drawing took longer, and the",
        ),
    ],
)
def test_what_another_process_does_not_draw_is_drawn_here_and_said(two, alone, tmp_path, monkeypatch, command, match):
    if command:
        monkeypatch.setattr(f"{HERE}._COMMAND", command)
    else:
        monkeypatch.setattr("sys.executable", "")
    with Painters(orders(), 2) as painters, pytest.warns(SocharmWarning) as told:
        painters.finish(tmp_path / "maps")
    assert re.search(match, str(told[0].message))
    assert len(told) == 5
    assert files(tmp_path / "maps") == alone


def test_an_interruption_ends_the_other_process_and_leaves_no_picture(two, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", "import time; time.sleep(60)"))
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Painters(orders(), 2) as painters:
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 30
    assert all(process.poll() is not None for process in painters._others)
    assert not any(thread.is_alive() for thread in painters._threads)
    assert not (tmp_path / "maps").exists()


def test_a_picture_that_cannot_be_drawn_stops_the_run_with_its_own_error(two, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{HERE}._COMMAND", ("-c", "import os; os._exit(1)"))
    with pytest.raises(ParameterError, match="has no picture"), Painters(orders(by=faulty), 2) as painters:
        painters.finish(tmp_path / "maps")
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize(("records", "workers", "processors"), [((1, 2), 8, 8), ((1, 2, 3, 4), 1, 8), ((1,) * 4, 8, 1)])
def test_no_other_process_is_begun_for_little_or_where_none_is_wanted(two, monkeypatch, records, workers, processors):
    monkeypatch.setattr(f"{HERE}._processors", lambda: processors)
    with Painters(orders(records), workers) as painters:
        assert painters._others == []


def test_many_areas_are_much_to_draw(monkeypatch):
    monkeypatch.setattr(f"{HERE}._MANY_AREAS", 1)
    assert pictures._is_much(orders((1,)))
    assert not pictures._is_much([])


def test_whatever_draws_a_picture_can_be_handed_to_another_process():
    drawing = [picture.draw for step in all_steps() for picture in step.pictures]
    assert len(drawing) > 20
    for each in drawing:
        assert pickle.loads(pickle.dumps(each))
