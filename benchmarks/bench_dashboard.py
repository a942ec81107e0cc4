"""Size of a dashboard of 180 wards, by itself and with three earlier assessments, and the time until one can use it.

Run as ``python benchmarks/bench_dashboard.py``; needs chromium and the `test` extra. The bounds are 6 MB and 2 s. On a
busy machine read the processor time of the page's own process: it does not hang on what else runs.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from dashboard_case import make_case

from socharm.dashboard.history import PageHistory, PastAssessment
from socharm.dashboard.write import write_dashboard

WARDS, MONTHS, EARLIER, REPEATS = 180, 24, 3, 5
MOST_MB, MOST_S = 6.0, 2.0


def interactive(path: Path) -> tuple[list[float], list[float], float]:
    """Seconds from navigation to the first use, processor seconds until then, and seconds of one change of month."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    times, busy = [], []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for _ in range(REPEATS):
            page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable")
            page.goto(path.as_uri())
            page.wait_for_function("document.documentElement.dataset.ready === 'true'")
            times.append(page.evaluate("performance.getEntriesByName('interactive')[0].startTime") / 1000)
            told = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
            busy.append(told["ProcessTime"])
        change = page.evaluate(
            """async () => {
                const slider = document.getElementById("month"), start = performance.now();
                for (let month = 1; month <= 10; month += 1) {
                    slider.value = month;
                    slider.dispatchEvent(new Event("input"));
                    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                }
                return (performance.now() - start) / 10_000;
            }"""
        )
        browser.close()
    return times, busy, float(change)


def main() -> None:
    case = make_case(WARDS, MONTHS, detail_m=250.0)
    past = [PastAssessment(name=f"before {k}", tables=case.tables, about=case.about) for k in range(EARLIER)]
    over = False
    for name, history in (("by itself", None), (f"with {EARLIER} earlier", PageHistory(name="own", earlier=past))):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "dashboard.html"
            start = time.perf_counter()
            write_dashboard(
                path, case.tables, case.areas, about=case.about, plan=case.plan, open_input=True, history=history
            )
            written = time.perf_counter() - start
            size = path.stat().st_size / 1e6
            times, busy, change = interactive(path)
        median = statistics.median(times)
        points = int(case.areas.geometry.count_coordinates().sum())
        print(f"{name}: {WARDS} wards ({points:,} points) x {MONTHS} months")
        print(f"written in        {written:6.2f} s")
        print(f"size              {size:6.2f} MB (at most {MOST_MB:g})")
        print(f"interactive after {median:6.2f} s (median of {REPEATS}; at most {MOST_S:g}); least {min(times):.2f} s")
        print(f"processor time    {statistics.median(busy):6.2f} s (median; least {min(busy):.2f} s)")
        print(f"change of month   {change:6.2f} s")
        over = over or size > MOST_MB or median > MOST_S
    if over:
        sys.exit("the dashboard is too large or too slow")


if __name__ == "__main__":
    main()
