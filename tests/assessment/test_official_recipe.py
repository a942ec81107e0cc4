"""Official tables are named in a recipe: no columns are spelt out, and a file of another source is refused."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import socharm as sh
from socharm.assessment.check import check_assessment
from socharm.assessment.recipe_file import load_recipe
from socharm.assessment.steps._step import Context, Results
from socharm.assessment.steps.weights import WEIGHTS
from socharm.errors import SchemaError
from tests.worlds import RECIPE, write_world

QUIET = (
    "\n[outputs]\nmaps = false\nworkbook = false\nheat = false\nclusters = false\nmicro_places = false\n"
    "hotspots = false\nconcentration = false\nsilence = false\npriority = false\n"
)
CODES = [f"E0500{number:04d}" for number in range(12)]
#: Two data zones in each ward.
ZONES = [f"S0100{number:04d}" for number in range(6506, 6530)]


@pytest.fixture
def own(tmp_path):
    return write_world(tmp_path).parent


def with_part(folder: Path, part: str) -> Path:
    recipe = folder / "assessment.toml"
    recipe.write_text(RECIPE + QUIET + part)
    return recipe


def claims(folder: Path) -> str:
    """Claimants of all wards and one more, in three months whose names do not stand in the order of time."""
    rows = [
        {"area_code": code, "period": period, "indicator": "Claimant count", "value": 100 + at}
        for period in ("March 2025", "October 2025", "September 2025")
        for at, code in enumerate([*CODES, "E05999999"])
    ]
    pd.DataFrame(rows).to_csv(folder / "claims.csv", index=False)
    return '\n[[indicators]]\npath = "claims.csv"\nofficial = "claimant-count"\n'


def pubs(folder: Path) -> str:
    pd.DataFrame({"Easting": [401_000, 401_000, 403_000], "Northing": [301_000] * 3}).to_csv(folder / "pubs.csv")
    return '\n[[indicators]]\npath = "pubs.csv"\nofficial = "licensed-premises"\nedition = "2026"\ncomplete = true\n'


def test_official_tables_are_read_without_columns_and_dictionary(own):
    made = sh.run_assessment(with_part(own, claims(own) + pubs(own) + scottish(own)))
    sent = made.tables["indicators"].set_index("measure")
    assert set(sent.index) == {"claimants", "licensed_premises"}
    assert set(sent["area_code"]) == set(CODES)
    places = sent.loc["licensed_premises", "value"]
    assert (places.sum(), places.max(), len(places)) == (3, 2, 12)
    said = made.tables["indicator_dictionary"].set_index("measure")
    assert said.loc["claimants", ["provider", "unit"]].tolist() == ["Office for National Statistics", "claimants"]
    assert said.loc["licensed_premises", "period"] == "2026"
    stated = made.tables.stored("indicators").settings["official"]
    assert [part["official"] for part in stated] == ["claimant-count", "licensed-premises"]
    files = {part["role"]: part for part in made.manifest["inputs"]}
    assert files["indicators.0.path"]["rows"]["values of other areas"] == 3
    assert "indicators.0.dictionary" not in files
    # Ranks by data zone, averaged over the residents of the wards.
    assert made.tables["overlay"]["deprivation"].notna().all()


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ('official = "claimants"', r"`official` is 'claimants'; it must be one of \['absence', 'claimant-count'"),
        ('official = "simd"', r"`official` is 'simd', which `read_deprivation` reads; here it must be one of"),
        ('official = "fires"\ndictionary = "d.toml"', r"\[indicators\.0\] state `dictionary` or `official`, not both"),
        ('code = "ward"', r"\[indicators\.0\] state `dictionary`, or `official` with the name of an"),
        ('dictionary = "d.toml"\nedition = "2024"', r"\[indicators\.0\] `edition` goes with `official`"),
        ('official = "fires"\ncode = "ward"', r"`code` is stated beside `official`, whose layout is known"),
    ],
)
def test_what_contradicts_or_is_not_known_is_told_with_what_is(own, part, message):
    recipe = with_part(own, f'\n[[indicators]]\npath = "claims.csv"\n{part}\n')
    (own / "claims.csv").touch()
    (own / "d.toml").touch()
    with pytest.raises(SchemaError, match=message):
        load_recipe(recipe)


def scottish(folder: Path) -> str:
    """Ranks by data zone in the publisher's headings, a lookup to the wards, and residents."""
    order = np.random.default_rng(3).permutation(len(ZONES))
    ranks = {"SIMD2020v2_Rank": 1 + 250 * order, "SIMD2020v2_Income_Domain_Rank": 2 + 250 * order}
    names = ["Employment", "Health", "Education", "Access", "Crime", "Housing"]
    ranks |= {f"SIMD2020_{name}_Domain_Rank": 3 + at + 250 * order for at, name in enumerate(names)}
    pd.DataFrame({"Data_Zone": ZONES, **ranks}).to_csv(folder / "simd.csv", index=False)
    pairs = pd.DataFrame({"zone": ZONES, "ward": np.repeat(CODES, 2)})
    pairs.to_csv(folder / "zones.csv", index=False)
    pairs.assign(residents=800)[["zone", "residents"]].to_csv(folder / "people.csv", index=False)
    return (
        '\n[[lookups]]\nname = "zones"\npath = "zones.csv"\nsource = "zone"\ntarget = "ward"\n'
        '[deprivation]\npath = "simd.csv"\nofficial = "simd"\nlookup = "zones"\npopulation = "people.csv"\n'
        'population_code = "zone"\npopulation_value = "residents"\n'
    )


def northern_irish(folder: Path) -> str:
    codes = [f"95AA{number:02d}S1" for number in range(1, 13)]
    told = " \n(where 1 is most deprived)"
    names = ["Income", "Employment", "Health Deprivation and Disability", "Education, Skills and Training",
             "Access to Services", "Living Environment", "Crime and Disorder"]  # fmt: skip
    ranks = {f"Multiple Deprivation Measure Rank{told}": range(1, 601, 50)}
    ranks |= {f"{name} Domain Rank{told}": range(2, 602, 50) for name in names}
    pd.DataFrame({"SOA2001": codes, **ranks}).to_excel(folder / "NIMDM17_SOAresults.xlsx", index=False)
    pd.DataFrame({"soa": codes, "ward": CODES, "residents": 2000}).to_csv(folder / "soas.csv", index=False)
    return (
        '\n[[lookups]]\nname = "soas"\npath = "soas.csv"\nsource = "soa"\ntarget = "ward"\n'
        '[deprivation]\npath = "NIMDM17_SOAresults.xlsx"\nofficial = "nimdm"\nlookup = "soas"\n'
        'population = "soas.csv"\npopulation_code = "soa"\npopulation_value = "residents"\n'
    )


def test_the_index_of_northern_ireland_is_laid_over_harm_by_a_recipe(own):
    found = check_assessment(with_part(own, northern_irish(own)))
    assert found.ok, found.problems
    assert not [text for text in (*found.doubts, *found.notes) if "deprivation" in text]


def test_files_of_other_sources_and_a_period_that_lacks_are_told_as_keys(own):
    pd.DataFrame({"LSOA Code": CODES, "Number of households": 936}).to_csv(own / "fuel.csv", index=False)
    layout = claims(own).replace('"claimant-count"', '"absence"')
    period = '\n[[indicators]]\npath = "fuel.csv"\nofficial = "fuel-poverty"\n'
    found = check_assessment(with_part(own, layout + period + scottish(own).replace('"simd"', '"wimd"'))).problems
    assert len(found) == 3, found
    assert found[0].startswith("[indicators] 'claims.csv' has no layout of 'absence' that is known. Looked at row 1")
    assert "State by [[indicators]] edition what its numbers are of" in found[1]
    assert found[2].startswith("[deprivation] `official` is 'wimd', the index of Wales, and 'simd.csv' holds SIMD 2020")
    with pytest.raises(SchemaError, match=r"`official` is 'imd'; it must be one of \['iod', 'nimdm', 'simd', 'wimd'\]"):
        load_recipe(with_part(own, scottish(own).replace('"simd"', '"imd"')))


def test_a_recipe_carries_weights_to_the_groups_of_its_incidents(own):
    """Rows in the words of the Metropolitan Police, and in those of the Home Office."""
    rng = np.random.default_rng(2)
    n = 400
    words = {"mps": ["Homicide", "Burglary - Residential"], "home-office": ["Homicide", "Domestic burglary"]}
    rows = {
        "E": rng.integers(400_000, 408_000, n),
        "N": rng.integers(300_000, 306_000, n),
        "day": rng.choice(["2025-04-03", "2025-05-04", "2025-06-05"], n),
    }
    columns = '{ offence = "kind", date = "day", easting = "E", northing = "N" }'
    weights = {}
    for target, (murder, burglary) in words.items():
        pd.DataFrame({"kind": [murder] * 4 + [burglary] * (n - 4), **rows}).to_csv(own / "rows.csv", index=False)
        text = (RECIPE + QUIET).replace('path = "police-uk"', f'path = "rows.csv"\ncolumns = {columns}')
        text = text.replace("allow_stale = true", f'allow_stale = true\ncrosswalk = "{target}"')
        (own / "assessment.toml").write_text(text)
        recipe = load_recipe(own / "assessment.toml")
        found = WEIGHTS.run(Context(recipe=recipe, stated=recipe, results=Results({}), taker=None, words=nullcontext))
        weights[target] = found.weights
        assert found.weights["homicide"] == pytest.approx(7_973, abs=1)
    made = sh.run_assessment(own / "assessment.toml")
    assert made.tables["counts"].groupby("offence")["n"].sum().to_dict() == {"domestic-burglary": n - 4, "homicide": 4}
    assert made.tables["index"]["harm"].sum() == pytest.approx(
        4 * weights["home-office"]["homicide"] + (n - 4) * weights["home-office"]["domestic-burglary"]
    )
    assert weights["mps"]["burglary-residential"] == pytest.approx(weights["home-office"]["domestic-burglary"])
