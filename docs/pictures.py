"""The four pictures of the first page, from the demo: a map, intervals, a page of a profile and the dashboard.

    make pictures

It needs chromium and pdftoppm (poppler). What they show is the packaged sample, a police force that does not exist. The
pictures are made small and checked in, since whoever reads `README.md` has run nothing yet.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import sync_playwright

from socharm.assessment.dashboard_page import write_snapshot_dashboard
from socharm.assessment.demo import write_demo
from socharm.assessment.documents import ProfileOrder, write_profiles
from socharm.assessment.run import run_assessment

HERE: Final = Path(__file__).resolve().parent / "pictures"
#: Height of all, so that they stand in one row; and bytes of all together.
HEIGHT: Final = 420
MOST_BYTES: Final = 300_000
COLOURS: Final = 96


def profile_page(snapshot: Path, folder: Path) -> Path:
    """The first page of the profile of the highest rank."""
    made = write_profiles(snapshot, ProfileOrder(top=1, formats=["pdf"], to=folder))
    pdf = next(path for path in made if path.suffix == ".pdf")
    subprocess.run(["pdftoppm", "-png", "-r", "80", "-f", "1", "-l", "1", pdf, folder / "page"], check=True)
    return next(folder.glob("page*.png"))


def dashboard_page(snapshot: Path, folder: Path) -> Path:
    """What a browser shows of the dashboard before anything is clicked."""
    page = write_snapshot_dashboard(snapshot, to=folder)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1280, "height": 960})
        view.goto(page.as_uri())
        view.wait_for_timeout(3_000)
        view.screenshot(path=folder / "dashboard.png")
        browser.close()
    return folder / "dashboard.png"


def small(picture: Path, name: str) -> int:
    """Write a picture small; its bytes."""
    with Image.open(picture) as opened:
        whole = opened.convert("RGB")
    width = round(whole.width * HEIGHT / whole.height)
    few = whole.resize((width, HEIGHT), Image.Resampling.LANCZOS).quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(HERE / f"{name}.png", optimize=True)
    return (HERE / f"{name}.png").stat().st_size


def main() -> int:
    """Make all four; their bytes are printed, and too many are a fault."""
    if missing := [program for program in ("chromium", "pdftoppm") if shutil.which(program) is None]:
        print(f"pictures: needs {' and '.join(missing)}", file=sys.stderr)
        return 1
    HERE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot = run_assessment(write_demo(folder)).path
        made = {
            "map": snapshot / "maps" / "rate.png",
            "intervals": snapshot / "maps" / "intervals.png",
            "profile": profile_page(snapshot, folder / "profile"),
            "dashboard": dashboard_page(snapshot, folder / "dashboard"),
        }
        sizes = {name: small(path, name) for name, path in made.items()}
    print(", ".join(f"{name} {size / 1000:.0f} kB" for name, size in sizes.items()))
    return int(sum(sizes.values()) > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
