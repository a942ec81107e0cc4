"""A full disk is told as one, whichever library meets it, and leaves nothing half-written."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from socharm.errors import SchemaError, StoreError
from socharm.files.atomic import atomic_folder, atomic_write, disk_is_full, scratch_folder, store_faults

WRITERS = """
    import json, os, sys, tempfile
    from pathlib import Path

    import geopandas as gpd, numpy as np, pandas as pd, datetime as dt
    from socharm.assessment.demo import write_demo
    from socharm.assessment.template import write_template
    from socharm.files.atomic import scratch_folder
    from socharm.files.geopackage import write_layers
    from socharm.files.parquet import write_parquet
    from socharm.snapshot.store import build_snapshot
    from socharm.files.workbook import Sheet, write_workbook
    from socharm.maps.furniture import new_axes, save_figure

    disk = Path(sys.argv[1])
    tempfile.tempdir = str(disk)  # Python itself would look for another folder
    values = np.random.default_rng(1).random((20_000, 5))
    frame = pd.DataFrame(values, columns=list("abcde"))
    points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["a"], frame["b"]), crs=27700)
    axes = new_axes()
    axes.scatter(frame["a"], frame["b"], c=frame["c"])

    def snapshot():
        with build_snapshot(disk / "store", "s1") as folder:
            (folder / "a").write_bytes(values.tobytes())

    def scratch():
        with scratch_folder() as folder:
            (folder / "a").write_bytes(values.tobytes())

    works = {
        "parquet": lambda: write_parquet(frame, disk / "t.parquet", kind="t", schema_version=1),
        "GeoPackage": lambda: write_layers({"a": points}, disk / "a.gpkg", stamp="2025-01-01"),
        "workbook": lambda: write_workbook([Sheet(name="a", table=frame)], disk / "a.xlsx",
                                           stamp=dt.datetime(2025, 1, 1), title="t"),
        "picture": lambda: save_figure(axes, disk / "a.png"),
        "demo": lambda: write_demo(disk),
        "snapshot": snapshot,
        "scratch": scratch,
    }
    told = {}
    for name, work in works.items():
        for free in (0, 8_192, 200_000):
            filler = disk / "filler"
            filler.unlink(missing_ok=True)
            space = os.statvfs(disk)
            filler.write_bytes(bytes(max(0, space.f_bavail * space.f_frsize - free)))
            try:
                work()
                said = "written"
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
            found = sorted(str(path.relative_to(disk)) for path in disk.rglob("*") if path.name != "filler")
            told[f"{name}, {free} bytes free"] = [said, found]
    print(json.dumps(told))
"""


def test_every_writer_tells_a_full_disk_and_leaves_nothing(tmp_path):
    """On a real disk of one megabyte, in a namespace of its own."""
    mount = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "-rm", "bash", "-c", mount, "-", str(tmp_path), sys.executable, textwrap.dedent(WRITERS)]
    if shutil.which("unshare") is None:
        pytest.skip("no namespaces on this system")
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("this machine lets no test mount a disk")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert len(told) == 21
    kept = {".store.lock", "store", "store/.store.lock"}
    for name, (said, found) in told.items():
        assert "StoreError" in said, (name, said)
        assert "disk is full" in said, (name, said)
        assert set(found) <= kept, (name, found)
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("sqlite3_exec(COMMIT) failed: database or disk is full"),
        RuntimeError("pandoc: withBinaryFile: resource exhausted (No space left on device)"),
        SchemaError("made from another"),
    ],
)
def test_the_words_and_causes_of_other_libraries_are_known(tmp_path, error):
    if isinstance(error, SchemaError):
        error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StoreError, match=r"'a\.txt': the disk is full"), atomic_write(tmp_path / "a.txt"):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_another_fault_is_not_put_down_to_the_disk(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_write(tmp_path / "a.txt"):
        raise ZeroDivisionError
    with pytest.raises(SchemaError, match="a wrong column"), atomic_folder(tmp_path / "a"):
        raise SchemaError("a wrong column")
    assert not disk_is_full(OSError(errno.EACCES, "Permission denied"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_full_folder_for_temporary_files_is_told(monkeypatch):
    def none() -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.gettempdir", none)
    with pytest.raises(StoreError, match="TMPDIR"), scratch_folder():
        pytest.fail("the block must not run")


def test_a_path_with_a_character_that_no_path_has_is_told():
    with pytest.raises(ValueError, match="a character that no path can have"), store_faults(Path("a\0b")):
        pytest.fail("the block must not run")
