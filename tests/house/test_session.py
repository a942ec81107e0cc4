"""Pictures and documents are the same whatever the machine is set to."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import matplotlib as mpl
import pytest
from matplotlib.text import Text
from shapely.geometry import box

import socharm as sh
from socharm.documents.pandoc import run_pandoc
from socharm.maps.furniture import new_axes, save_figure
from socharm.maps.style import our_style

ROOT = Path(__file__).resolve().parents[2]

DRAW = """
import sys
import geopandas as gpd, pandas as pd
from shapely.geometry import box
import socharm as sh
from socharm.maps.furniture import new_axes, save_figure
codes = pd.Index(["a", "b", "c"], name="area_code")
areas = gpd.GeoDataFrame({"name": ["$x$", "B", "C"]}, index=codes, crs="EPSG:27700",
                         geometry=[box(i * 1000, 0, i * 1000 + 1000, 1000) for i in range(3)])
about = sh.About(unit="harm per resident", sources=("Test",))
axes = sh.plot_choropleth(areas, pd.Series([1.0, 2.0, 3.0], index=codes), column="rate", about=about, ax=new_axes())
save_figure(axes, sys.argv[1])
"""

HOSTILE = """
text.usetex: True
font.size: 25
figure.dpi: 37
savefig.dpi: 41
savefig.transparent: True
axes.facecolor: black
axes.prop_cycle: cycler('color', ['r'])
lines.linewidth: 9
hatch.linewidth: 7
font.family: serif
path.sketch: 1, 100, 2
axes.formatter.use_locale: True
figure.autolayout: True
legend.fontsize: 30
text.color: red
patch.linewidth: 6
backend: pgf
"""


def drawn(folder: Path, **surroundings: str) -> bytes:
    folder.mkdir(exist_ok=True)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "", **surroundings}
    env.pop("MPLBACKEND")
    target = folder / "map.png"
    subprocess.run(
        [sys.executable, "-c", DRAW, str(target)], cwd=folder, env=env, check=True, capture_output=True, text=True
    )
    return target.read_bytes()


def test_a_hostile_configuration_changes_no_byte_of_a_map(tmp_path):
    plain = drawn(tmp_path / "plain")
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    (hostile / "matplotlibrc").write_text(HOSTILE)
    far = {"TZ": "Pacific/Kiritimati", "LANG": "de_DE.UTF-8", "LC_ALL": "C", "MPLCONFIGDIR": str(hostile)}
    assert drawn(hostile, **far) == plain


def squares() -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"name": ["$x$", "\x07b\u202eell", "$\\frac{"], "rate": [1.0, 2.0, 3.0]},
        geometry=[box(i * 1000, 0, i * 1000 + 1000, 1000) for i in range(3)],
        index=["a", "b", "c"],
        crs="EPSG:27700",
    )
    return frame.rename_axis("area_code")


@pytest.mark.parametrize("title", ["$x$", "\\alpha $", "a\x00b", "long " * 5_000, "\u05d0\u4e2d\U0001f600"])
def test_titles_and_names_are_drawn_as_they_stand(tmp_path, title):
    areas = squares()
    with mpl.rc_context({"text.usetex": True, "text.parse_math": True}):
        axes = sh.plot_choropleth(areas, areas["rate"], column="rate", title=title, ax=new_axes())
        save_figure(axes, tmp_path / "map.png")
    texts = [text for text in axes.findobj(Text) if isinstance(text, Text)]
    assert not any(text.get_parse_math() or text.get_usetex() for text in texts)
    assert not any(set(text.get_text()) & {"\x07", "\x00", "\u202e"} for text in texts)
    assert "$x$" in {text.get_text() for text in texts}


def test_axes_of_the_user_are_drawn_on_without_mathematics(tmp_path):
    with mpl.rc_context({"text.usetex": True}):
        figure = mpl.figure.Figure()
        axes = figure.add_subplot()
    areas = squares()
    sh.plot_choropleth(areas, areas["rate"], column="rate", ax=axes)
    save_figure(axes, tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 1_000


def test_the_users_settings_come_back():
    with mpl.rc_context({"font.size": 31.0, "lines.linewidth": 7.0}):
        before = dict(mpl.rcParams)
        with our_style():
            assert mpl.rcParams["font.size"] == mpl.rcParamsDefault["font.size"]
        assert dict(mpl.rcParams) == before


def test_pandoc_takes_nothing_from_the_users_folder(tmp_path, monkeypatch):
    pytest.importorskip("pypandoc")
    stamp = 1_700_000_000

    def document(name: str) -> bytes:
        run_pandoc(["-f", "commonmark", "-t", "docx", "-o", str(tmp_path / name)], "# Title\n\nText.", stamp=stamp)
        return zipfile.ZipFile(tmp_path / name).read("word/styles.xml")

    plain = document("plain.docx")
    for folder in (tmp_path / "data" / "pandoc", tmp_path / ".pandoc", tmp_path / ".local" / "share" / "pandoc"):
        folder.mkdir(parents=True)
        with zipfile.ZipFile(tmp_path / "plain.docx") as old, zipfile.ZipFile(folder / "reference.docx", "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b"Title", b"Teitl"))
        (folder / "templates").mkdir()
        (folder / "templates" / "default.typst").write_text("hostile $body$")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert document("again.docx") == plain
    assert b"hostile" not in run_pandoc(["-f", "commonmark", "-t", "typst", "-s"], "Text.", stamp=stamp)


SETTINGS = {
    "numpy": "np.seterr(all='raise')",
    "text": "pd.set_option('future.infer_string', False)",
    "pandas": "pd.set_option('mode.string_storage', 'python'); pd.set_option('display.precision', 1)",
    "decimal": "import decimal; decimal.getcontext().prec = 1; decimal.getcontext().traps[decimal.Inexact] = True",
}

RANK = """
import contextlib, os, sys, warnings
from pathlib import Path
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
from factories import random_counts
import socharm as sh
counts, people, weights = random_counts(areas=20, months=6)
for name, setting in SETTINGS.items():
    if process := os.fork():
        assert os.waitpid(process, 0)[1] == 0, name
        continue
    with Path(sys.argv[2], name).open("w") as file, contextlib.redirect_stdout(file):
        exec(setting)
        index = sh.severity_index(counts, weights, people)
        ranking = sh.rank_areas(index, draws=50, seed=1)
        for table in (index.table, ranking.table, ranking.top_k):
            print(table.to_csv(), table.dtypes.to_string())
    os._exit(0)
"""


@pytest.fixture(scope="module")
def ranked(tmp_path_factory) -> dict[str, str]:
    """What is printed under each setting, each in a process of its own that did nothing before."""
    folder = tmp_path_factory.mktemp("ranked")
    code = RANK.replace("SETTINGS", repr({"none": "", **SETTINGS}))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(ROOT / "tests"), str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_text() for path in folder.iterdir()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks a process")
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_a_session_set_changes_no_result(ranked, setting):
    assert "rate" in ranked["none"]
    assert ranked[setting] == ranked["none"]
