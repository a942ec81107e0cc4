"""What one run says to its readers: documents, sheets, pictures, the dashboard page; and what must not stand there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.offsetbox import TextArea
from matplotlib.text import Text

from socharm._about import About
from socharm._words import month_words, signed
from socharm.dashboard.numbers import rate_text
from socharm.documents.document import Document, Section
from socharm.documents.evidence import Evidence, amount, percent
from socharm.io.incidents.streets import told_street
from socharm.plans.plan_table import PHASES
from socharm.plans.weighing import offence_groups, weigh_offences
from socharm.profiles.change import change_of
from socharm.profiles.content import Material
from socharm.profiles.offence_rules import OFFENCE_RULES
from socharm.profiles.side_text import ProfileText
from socharm.profiles.subject import subject_of
from socharm.rescoring.change_words import change_told

#: The list of words: what is not written, what is written in its place, and why.
GLOSSARY = Path(__file__).resolve().parent.parent / "docs" / "glossary.md"
_ROW = re.compile(
    r"^\| `(?P<phrase>[^`]+)` \| (?P<write>[^|]+) \| (?P<where>all|profiles) \| (?P<why>[^|]+) \|$", re.MULTILINE
)


def banned(where: str) -> dict[str, str]:
    """Phrases of the glossary that a kind of output must not hold, as patterns, and what to write."""
    found = {}
    for row in _ROW.finditer(GLOSSARY.read_text(encoding="utf-8")):
        if row["where"] == where:
            phrase = re.escape(row["phrase"])
            edged = rf"(?<![\w]){phrase}(?!\w)" if row["phrase"].strip()[0].isalpha() else rf"(?<=[\d}}]){phrase}"
            found[edged] = f"write: {row['write']}"
    return found


#: What no list of words can hold: numbers that do not fit their nouns, and intervals of one number.
SHAPES = {
    r"\b(\d+(?:st|nd|rd|th)) (?:to|and) \1(?![\d.])": "one rank is no interval",
    r"\b(\d+) to \1(?![\d.])(?! of)": "one number is no interval",
    r"(?<![\d.,])1 (?:other )?(?:areas|wards|months|crimes|events|actions|threats|districts|gaps|incidents|squares|"
    r"places|inputs|rows|forces|words|kinds)\b": "one is not several",
    r"(?<![\w.,])[-+\u2212]0(?:\.0+)?(?![\d.,]*[1-9])(?![\w-])": "nothing has no sign",
}
#: A profile is read months after the period that it is of.
NOW = {r"\bnow\b": "say which months"}
#: Phrases that no reader should meet, and why in a word.
BANNED = {**banned("all"), **SHAPES}
#: Words of Python and names of parameters.
PYTHON = re.compile(
    r"`|<NA>|\b(?:NaN|nan|NaT|Series|DataFrame|dtype)\b|(?<![\w.])(?:None|True|False)(?![\w.:]| of )"
    r"|\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+\.[a-z]+(?:\.[a-z]+)*\b"
)
#: Columns of a sheet that hold keys, by which other tables are joined.
KEYS = (
    "measure_key", "Key of the outcome", "measure", "column", "key", "Measure key", "Column of the file",
    "Column in the tables", "Indicator key",
)  # fmt: skip
#: Names with a dot that are names of files, of sites, or of a data set.
DOTTED = re.compile(r"[\w.-]+\.(?:gpkg|csv|xlsx|toml|json|parquet|png|uk|html)\b|\be\.g\b|\bi\.e\b")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
#: What may stand in a sentence without being a finding: levels, and the bands of counts.
LEVELS = {"90", "95", "1.0", "50", "10"}
#: Dates, and numbers of rules.
DATES = re.compile(
    r"\b[RP]\d\d\b|\b\d{4}-\d\d(?:-\d\d)?(?:T[\d:Z+]*)?"
    r"|\b(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October"
    r"|November|December) \d{4}\b|\b\d{4}-\d\d\b"
)


GRID = re.compile(r"\b[A-Z]{2} \d{3} \d{3}\b")


@dataclass(frozen=True)
class Said:
    """A text that a reader meets, and where."""

    where: str
    text: str


@contextmanager
def pictures() -> Iterator[list[Said]]:
    """Collects the texts of every figure that is saved inside."""
    found: list[Said] = []
    kept = Figure.savefig

    def savefig(self: Figure, fname: Any, *args: Any, **kwargs: Any) -> None:
        name = Path(fname).name if isinstance(fname, str | Path) else "figure"
        found.extend(Said(name, text) for text in texts_of(self))
        kept(self, fname, *args, **kwargs)

    Figure.savefig = savefig  # type: ignore[method-assign]
    try:
        yield found
    finally:
        Figure.savefig = kept  # type: ignore[method-assign]


def texts_of(figure: Figure) -> list[str]:
    """Every text of a figure, also those in boxes, each on one line."""
    texts = [part.get_text() for part in figure.findobj(Text)]
    texts += [part.get_text() for part in figure.findobj(TextArea)]
    return list(dict.fromkeys(" ".join(text.split()) for text in texts if text.strip()))


def section_texts(section: Section) -> list[str]:
    texts = [section.title, section.lead, *section.opening, *section.paragraphs, *section.points, *section.quotes]
    for table in section.tables:
        texts += [table.caption, table.note, *table.header, *(cell for row in table.rows for cell in row)]
    for figure in section.figures:
        texts += [figure.caption, figure.alt]
    return [text for text in texts if text]


def document_texts(document: Document, *, where: str) -> list[Said]:
    front = [] if document.front is None else [document.front.caption, document.front.note]
    front += [] if document.front is None else [cell for row in document.front.rows for cell in row]
    said = [Said(f"{where}, front", text) for text in (document.title, *front) if text]
    for section in (*document.sections, *document.statement):
        said += [Said(f"{where}, {section.key}", text) for text in section_texts(section)]
    return said


def sheet_texts(path: Path) -> list[Said]:
    """Texts of every sheet. Columns of keys are for joining, settings for whoever wrote the recipe."""
    said = []
    for sheet in openpyxl.load_workbook(path).worksheets:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        start = next((number for number, row in enumerate(rows) if sum(cell is not None for cell in row) > 1), 0)
        heads = [str(cell) for cell in rows[start]] if rows else []
        named = re.compile("|".join(rf"\b{re.escape(head)}\b" for head in heads if "_" in head) or r"(?!)")
        for number, row in enumerate(rows):
            if (number == start and not path.name.endswith("ranking.xlsx")) or sheet.title == "Settings":
                continue
            texts = [cell for head, cell in zip(heads, row, strict=True) if isinstance(cell, str) and head not in KEYS]
            said += [Said(f"{path.name}, {sheet.title}, row {number + 1}", named.sub("", text)) for text in texts]
    return said


def page_texts(page: str) -> list[Said]:
    """Texts of a page of HTML, without its programs and their data."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return [
        Said("dashboard", html.unescape(" ".join(text.split()))) for text in re.split(r"<[^>]+>", body) if text.strip()
    ]


def faults_of_words(said: Iterable[Said], *, profiles: bool = False) -> list[str]:
    """Every banned phrase, word of Python and name of a parameter, with where it stands."""
    found = []
    patterns = {**BANNED, **(banned("profiles") | NOW if profiles else {})}
    for entry in said:
        for pattern, why in patterns.items():
            found += [
                f"{entry.where}: {hit[0]!r} ({why}) in {entry.text!r}" for hit in re.finditer(pattern, entry.text)
            ]
        plain = DOTTED.sub(" ", entry.text)
        found += [f"{entry.where}: {hit[0]!r} in {entry.text!r}" for hit in PYTHON.finditer(plain)]
    return list(dict.fromkeys(found))


def faults_of_evidence(evidence: pd.DataFrame, tables: Any) -> list[str]:
    """Numbers of one name that differ, and numbers that are not in the table, column and row that they name."""
    found = []
    for key, rows in evidence.groupby(["what", "row", "table", "period"]):
        if rows["text"].nunique() > 1 or rows["value"].nunique() > 1:
            found.append(f"{key}: {rows['text'].tolist()}")
    for entry in evidence.to_dict("records"):
        if entry["table"] not in tables:
            continue
        table = tables[entry["table"]]
        keyed = table.index.name is not None and entry["row"] in table.index
        if keyed and entry["column"] in table.columns and not re.search(r"\b(share|over)\b", entry["what"]):
            value = float(table[entry["column"]][entry["row"]])
            if abs(value - entry["value"]) > 1e-9 * max(1.0, abs(value)):
                found.append(f"{entry['what']}: {entry['value']} is {value} in {entry['table']}.{entry['column']}")
    return found


def faults_of_numbers(sections: Iterable[Section], evidence: pd.DataFrame, stated: Iterable[object]) -> list[str]:
    """Numbers of sentences and tables that are neither evidence nor stated to be no finding."""
    known = set(LEVELS) | {str(number) for number in stated}
    for text in evidence["text"]:
        known |= set(map(_plain, NUMBER.findall(text)))
    for name in ("low", "high"):
        for value in evidence[name].dropna():
            for text in (amount(value), percent(value), f"{value:.0f}", f"{value:.1f}", f"{value:.2f}"):
                known |= set(map(_plain, NUMBER.findall(text)))
    found = []
    for section in sections:
        for text in section_texts(section):
            bare = DATES.sub(" ", GRID.sub(" ", text))
            lost = [number for number in map(_plain, NUMBER.findall(bare)) if number not in known]
            found += [f"{section.key}: {number} in {text!r}" for number in lost]
    return found


def _plain(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def faults_of_advice(profile: Any, tables: Any) -> list[str]:
    """What a profile says of kinds of crime against their intervals, and of places against the sums of their counts."""
    area, found = profile.settings.area, []
    weighed, streets = weigh_offences(tables, area=area), tables["streets"]
    for rule in OFFENCE_RULES:
        told = next((item.found for item in profile.recommendations if item.id == rule.id), "")
        if told and rule.category in weighed.index:
            row = weighed.loc[rule.category].to_dict()
            words = "its share of crimes in" if row["stands_out"] else "not told apart from its share of crimes in"
            if not row["stands_out"] and row["quotient_high_95"] < 1:
                words = "a smaller share of crimes"
            elif not row["stands_out"] and row["quotient_low_95"] > 1:
                words = "a larger share of crimes"
            if pd.notna(row["quotient"]) and words not in told:
                found.append(f"{rule.id}: {words!r} is not said: {told!r}")
        listed = re.search(r"Most on or near: (.+? \([\d,]+\))(?=\.|$)", told)
        if listed is None:
            continue
        groups = offence_groups(streets["offence"])
        mine = streets[streets["area_code"].isin(profile.settings.codes) & (groups == rule.category)]
        sums = mine.groupby(["area_code", "street"])["n"].sum().sort_values(ascending=False)
        truth = [f"{n:,}" for n in sums.head(3)]
        counts = re.findall(r"\(([\d,]+)\)", listed[1])
        names = {told_street(str(street)) for _, street in sums.index}
        places = re.split(r" \([\d,]+\)(?:, | and |$)", listed[1])[:-1]
        if counts != truth or not all(any(place.startswith(name) for name in names) for place in places):
            found.append(f"{rule.id}: {listed[1]!r} is {truth}")
    return found


def faults_of_plan(plan: Any, tables: Any) -> list[str]:
    """Baselines, targets and smallest falls of a plan that do not follow from the tables of the assessment."""
    area, found = plan.settings.area, []
    months = int(tables["coverage"].query("area_code == @area")["covered"].sum())
    for name, row in plan.table.iterrows():
        key = re.fullmatch(r"(counts|unweighted|index)\.(?:n|crimes)(?:\[(.+)\])?", row["measure_key"])
        if key is None:
            found += [f"{name}: {row['measure_key']!r} is no count"] if row["measure_key"] else []
            continue
        table = tables[key[1]]
        if key[1] == "index":
            crimes = float(table.loc[area, "crimes"])
        else:
            mine = table[(table["area_code"] == area) & (table["offence"].astype("str") == key[2])]
            crimes = float(mine["n"].sum())
        fall, target = row["smallest_change"], row["target"]
        if abs(crimes / months - row["baseline"]) > 1e-9:
            found.append(f"{name}: baseline {row['baseline']} is {crimes / months}")
        if pd.notna(fall) and not 0 < fall <= row["baseline"]:
            found.append(f"{name}: a fall of {fall} from {row['baseline']}")
        if pd.notna(target) and not row["baseline"] / 2 - 0.1 <= target <= row["baseline"] - fall:
            found.append(f"{name}: target {target} of {row['baseline']} and {fall}")
    return found


def faults_of_plan_numbers(sections: Iterable[Section], plan: Any, check: Any) -> list[str]:
    """Numbers of the plan's and the principles' sections that stand neither in the plan's table nor in the check's."""
    table = plan.table
    live = table[table["status"] != "stopped"]
    known = {len(table), len(live), *live.groupby("p").size(), *live.groupby("phase").size(), len(check.table)}
    known |= {int((table["status"].isin(["done", "stopped"]) & (table["phase"] == phase)).sum()) for phase in PHASES}
    known |= {int((live["owner"] == "").sum()), *check.table.index, int((check.table["result"] == "pass").sum()), 12}
    texts = {str(number) for number in known}
    for column in ("baseline", "target", "smallest_change"):
        for value in table[column].dropna():
            texts |= set(map(_plain, NUMBER.findall(f"{value:,.0f} {value:,.1f}")))
    for period in table["baseline_period"].dropna():
        if plan.settings.start is not None and (end := re.search(r"(\d{4})-(\d\d)(?:$|,)", period)):
            age = (plan.settings.start.year - int(end[1])) * 12 + plan.settings.start.month - int(end[2]) - 1
            texts |= {str(age)} if age < 24 else {str(age // 12), str(age % 12)}
    for cell in check.table.astype(str).to_numpy().ravel():
        texts |= set(map(_plain, NUMBER.findall(cell)))
    found = []
    for section in sections:
        for text in section_texts(section):
            bare = DATES.sub(" ", re.sub(r"\b(?:PREP|PREV|PROT|PURS)-\d\d\b|\b4P\b", " ", text))
            bare = re.sub(r"local profiles: a guide, 2\.3|\(section 4 of the guide\)", " ", bare)
            lost = [number for number in map(_plain, NUMBER.findall(bare)) if number not in texts]
            found += [f"{section.key}: {number} in {text!r}" for number in lost]
    return found


def faults_of_page(payload: dict[str, Any], tables: Any) -> list[str]:
    """Figures of the page of a dashboard that are not those of the tables, area by area, month by month.

    Of open input: every number is shown, harm to four figures, rates so that the page rounds them once.
    """
    ranking, index = tables["ranking"], tables["index"]
    whole, found = payload["whole"]["all"], []

    def differ(what: str, told: Any, truth: Any, rel: float = 5e-4) -> None:
        if told is None and pd.isna(truth):
            return
        if told is None or pd.isna(truth) or abs(told - float(truth)) > rel * max(1e-9, abs(float(truth))):
            found.append(f"{what}: {told} is {truth}")

    months = tables["by_period"].assign(month=tables["by_period"]["period"].astype(str))
    size = payload["change"]["size"]
    ends = sorted(months["month"].unique())
    for i, code in enumerate(payload["codes"]):
        for name, column in (("rank", "rank"), ("low", "rank_low_90"), ("high", "rank_high_90")):
            differ(f"{code}, {name}", payload[name][i], ranking[column][code], 0)
        for name, column in (("crimes", "crimes"), ("harm", "harm"), ("rate", "rate_shrunk")):
            differ(f"{code}, {name}", whole[name][i], index[column][code])
        printed = rate_text(float(index["rate_shrunk"][code]), payload["rateDecimals"])
        if pd.notna(index["rate_shrunk"][code]) and rate_text(whole["rate"][i], payload["rateDecimals"]) != printed:
            found.append(f"{code}, rate: {whole['rate'][i]} is not printed as {printed}")
        mine = months[months["area_code"] == code].set_index("month")
        change = payload["change"]["areas"][i]
        for name in ("crimes", "harm"):
            if change is not None:
                differ(f"{code}, {name} lately", change[name][0], mine[name].reindex(ends[-size:]).sum())
                differ(f"{code}, {name} before", change[name][1], mine[name].reindex(ends[-2 * size : -size]).sum())
    everything = payload["totals"][-1]
    differ("all crimes", everything["crimes"], index["crimes"].sum(), 0)
    differ("all harm", everything["harm"], index["harm"].sum())
    for name, total in zip(payload["districtNames"][:-1], payload["totals"], strict=False):
        differ(f"{name}, rate", total["rate"], tables["parents"]["rate"][name])
        differ(f"{name}, crimes", total["crimes"], index.loc[index["parent"] == name, "crimes"].sum(), 0)
    found += faults_of_classes(payload, tables)
    noise = tables["unweighted"]
    noise = noise[noise["offence"].astype("str") == "anti-social-behaviour"].set_index("area_code")["n"]
    for code, told in zip([*payload["codes"], None], [*payload["disorder"]["counts"][: len(payload["codes"])],
                          payload["disorder"]["counts"][-1]], strict=True):  # fmt: skip
        differ(f"{code}, anti-social behaviour", told, noise.sum() if code is None else noise[code], 0)
    shares = [sum(share for share in row if share is not None) for row in payload["offences"]["shares"]]
    found += [f"shares of harm add up to {share}" for share in shares if share and not 95 <= share <= 105]
    return found


def faults_of_classes(payload: dict[str, Any], tables: Any) -> list[str]:
    """Classes of the legend whose number of areas, or of areas and months, is not that of the values in the tables."""
    index = tables["index"]
    months = tables["by_period"]
    values = {
        ("rate", "whole"): index["rate_shrunk"],
        ("harm", "whole"): index["harm"],
        ("rate", "month"): months["rate"],
        ("harm", "month"): months["harm"],
    }
    kinds = {key: (payload["classes"][key[0]]["all"][key[1]], exact) for key, exact in values.items()}
    top = tables["top_k"]
    for layer in payload["layers"]:
        if layer["key"].startswith("top:"):
            mine = top[top["k"].astype(str) == layer["key"].removeprefix("top:")].set_index("area_code")["probability"]
            kinds[layer["key"], "chance"] = (layer["classes"], mine)
    found = []
    for key, (classes, exact) in kinds.items():
        known = pd.to_numeric(exact).dropna().to_numpy(dtype=float)
        told = pd.Series(classes["members"]).value_counts()
        edges = [-float("inf"), *classes["bounds"], float("inf")]
        for k, label in enumerate(classes["labels"]):
            truth = int(((known > edges[k]) & (known <= edges[k + 1])).sum())
            if told.get(k, 0) != truth:
                found.append(f"{key}, {label}: {told.get(k, 0)} is {truth}")
    return found


def faults_of_changes(payload: dict[str, Any], tables: Any) -> tuple[int, list[str]]:
    """How many areas have their last months judged by the page, and where a profile of one says something else."""
    judged, found = 0, []
    for code, held in zip(payload["codes"], payload["change"]["areas"], strict=True):
        subject = subject_of(code, tables)
        material = Material(subject=subject, about=About(), evidence=Evidence(period="", source=""), text=ProfileText())
        change = change_of(material)
        if held is None or held["beyond"] is None:
            found += [f"{code}: the profile judges what the page does not"] if held and change else []
            continue
        judged += 1
        mine = None if change is None else [change.later, change.before, change.beyond_chance]
        if mine != [*held["crimes"], held["beyond"]]:
            found.append(f"{code}: {mine} is {held['crimes']}, {held['beyond']} on the page")
        elif change is not None and round(100 * change.usual) != payload["change"]["usual"]:
            found.append(f"{code}: {change.usual} is {payload['change']['usual']} on the page")
    return judged, found


def forms(value: float) -> set[str]:
    """Every way in which a report writes one number: as it is, as a share, and as a ratio in percent."""
    plain = {f"{value:z,.{places}f}" for places in range(6)} | {signed(value, places) for places in range(6)}
    return {text.replace("-", "\N{MINUS SIGN}") for text in (*plain, percent(value), change_told(value))}


def faults_of_report(evidence: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> list[str]:
    """Numbers of a report that are not those of the cell they name, or are printed as something else."""
    found = []
    for entry in evidence.to_dict("records"):
        table = frames[entry["table"]]
        row = table.set_axis(table.index.map(str)).loc[entry["row"]]
        if row[entry["column"]] != entry["value"]:
            found.append(f"{entry['what']}: {entry['value']} is {row[entry['column']]}")
        ends = [entry[end] for end in ("low", "high") if pd.notna(entry[end])]
        numbers = {float(cell) for cell in row if isinstance(cell, (int, float)) or hasattr(cell, "dtype")}
        found += [f"{entry['what']}: the end {end} is in no cell of the row" for end in ends if end not in numbers]
        told = entry["text"].split(" to ") if ends else [entry["text"]]
        exact = [entry["value"]] if not ends else ends if len(told) == 2 else ends[:1]
        found += [
            f"{entry['what']}: {text!r} is {value}"
            for text, value in zip(told, exact, strict=True)
            if text not in forms(value)
        ]
    return found


def faults_of_history(payload: dict[str, Any], assessments: Mapping[str, Any], notes: pd.DataFrame) -> list[str]:
    """Figures of the other assessments of a page, of comparisons, lines and notes that are not those of their tables.

    Of open input. `assessments` are the tables of each snapshot, and the comparison that it is the later one of.
    """
    found, held = [], [payload, *payload["earlier"]]
    codes = payload["codes"]
    for view in held:
        tables, made = assessments[view["snapshot"]]
        found += faults_of_page({**payload, **view}, tables)
        found += _faults_of_change(view, codes, made)
    for line in payload["lines"]:
        found += _faults_of_line(line, held, codes, assessments)
    told = [(note["kind"], note["areas"]) for note in payload["notes"]["notes"]]
    places = {code: i for i, code in enumerate(codes)}
    truth = [
        (row["kind"], [places[code] for code in row["areas"].split(", ")] if row["areas"] else None)
        for row in notes.to_dict("records")
    ]
    found += [f"note {note} is in no store" for note in told if note not in truth]
    return found


def _percent_told(ratio: float) -> float:
    """The change as documents print it, as a number."""
    return float(change_told(ratio).rstrip("%"))


def _faults_of_change(view: dict[str, Any], codes: list[str], made: Any) -> list[str]:
    """Layers and figures of a comparison against its table."""
    layers, said = {layer["key"]: layer for layer in view["layers"]}, view["compared"]
    if made is None:
        return [f"{view['snapshot']}: a change without a comparison"] if "change" in layers or said["since"] else []
    found = []
    for i, code in enumerate(codes):
        row = made.table.loc[code].to_dict() if code in made.table.index else {}
        if pd.isna(row.get("ratio", float("nan"))):
            found += [f"{code}: a change that nobody compared"] if said["areas"][i] is not None else []
            continue
        told = said["areas"][i]
        percents = {"change": "ratio", "low": "ratio_low_90", "high": "ratio_high_90", "expected": "expected"}
        truth = {name: _percent_told(row[column]) for name, column in percents.items()}
        truth |= {"rise": round(row["p_rise"], 2), "verdict": row["verdict"]}
        found += [f"{code}, {name}: {told[name]} is {value}" for name, value in truth.items() if told[name] != value]
        shown = [layers[key]["values"][i] for key in ("change", "change:rise", "change:verdict")]
        if shown != [truth["change"], truth["rise"], truth["verdict"]]:
            found.append(f"{code}: the map shows {shown} of {truth}")
        classes = layers["change"]["classes"]
        edges = [-float("inf"), *classes["bounds"], float("inf")]
        k = classes["members"][i]
        if not edges[k] < 100 * (row["ratio"] - 1) <= edges[k + 1]:
            found.append(f"{code}: {row['ratio']} is in the class {classes['labels'][k]!r}")
    for name, change in zip(view["districtNames"], said["districts"], strict=False):
        if change != _percent_told(made.districts["ratio"][name]):
            found.append(f"{name}: {change} is {made.districts['ratio'][name]}")
    if said["all"]["change"] != _percent_told(made.overall["ratio"]):
        found.append(f"all areas: {said['all']} is {made.overall['ratio']}")
    return found


def _faults_of_line(
    line: dict[str, Any], held: list[dict[str, Any]], codes: list[str], assessments: Mapping[str, Any]
) -> list[str]:
    """Months of a line that are not those of the assessment they are said to be from, and sums of all areas."""
    found = []
    for k, month in enumerate(line["months"]):
        if line["source"][k] < 0:
            continue
        view = held[line["source"][k]]
        if view["months"][line["place"][k]] != month:
            found.append(f"{month} is {view['months'][line['place'][k]]}")
        table = assessments[view["snapshot"]][0]["by_period"]
        mine = table[[month_words(str(each)) == month for each in table["period"]]].set_index("area_code")
        for i, code in enumerate(codes):
            told = view["monthly"]["all"]["rate"][i][line["place"][k]]
            if told is not None and abs(told - mine["rate"][code]) > 5e-4 * max(1e-9, mine["rate"][code]):
                found.append(f"{code}, {month}: {told} is {mine['rate'][code]}")
        known = mine[mine["exposure"] > 0].dropna(subset="harm")
        told = line["districts"]["all"]["rate"][-1][k]
        if told is not None and line["counted"]["all"][-1] == len(known):
            truth = known["harm"].sum() / known["exposure"].sum()
            if abs(told - truth) > 5e-4 * truth:
                found.append(f"all areas, {month}: {told} is {truth}")
    return found
