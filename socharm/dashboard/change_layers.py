"""What changed since an earlier assessment, as layers of the map and as figures of a place: read from a comparison."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._about import NOISY
from socharm._words import percent
from socharm.dashboard.changes import span_name
from socharm.dashboard.layers import Classes, Layer
from socharm.dashboard.numbers import FEW, NumberRules
from socharm.rescoring.comparison import Comparison

__all__ = ["change_figures", "change_layers"]

#: Falls are blue and ruled, rises red and plain: told apart without colour too.
_COLOURS: Final = ("#6baed6", "#c6dbef", "#e4e4e4", "#f4a582", "#a62a3f")
_RULED: Final = ("-", "-", " ", " ", " ")
_BY_PERCENT: Final = (
    "fell by more than 20%", "fell by 10% to 20%", "changed by less than 10%", "rose by 10% to 20%",
    "rose by more than 20%",
)  # fmt: skip
_BY_CHANCE: Final = ("under 5%", "5% to 20%", "20% to 80%", "80% to 95%", "over 95%")
#: What a comparison says of an area: colour and pattern; whoever is not compared is a gap.
_VERDICTS: Final = {
    "rose": ("#a62a3f", " "),
    "fell": ("#6baed6", "-"),
    "not clear": ("#e4e4e4", " "),
    "too few events to tell": ("#f7f7f7", "."),
}
_GAP: Final = "not compared"
_NOISE: Final = "Of published counts, whose noise is not in these probabilities."
#: Decimals of a change that would be 0% without them, at most.
_DECIMALS: Final = 3


def _since(made: Comparison) -> str:
    first = made.periods[0]
    return span_name((first.start, first.end))


def _few(made: Comparison, codes: pd.Index, rules: NumberRules) -> NDArray[np.bool_]:
    """Areas of which either period has so few crimes that what is made of them is withheld."""
    crimes = made.table[["crimes_earlier", "crimes_later"]].reindex(codes).to_numpy(dtype=np.float64, na_value=np.nan)
    shown = [rules.counts(row) for row in crimes]
    return np.array([FEW in row for row in shown], dtype=bool)


def change_layers(made: Comparison | None, codes: pd.Index, rules: NumberRules) -> list[Layer]:
    """Change of the underlying harm rate, the probability that it rose, and the verdict; none without a comparison."""
    if made is None:
        return []
    few, table, since = _few(made, codes, rules), made.table.reindex(codes), _since(made)
    ratio = 100 * (_numbers(table["ratio"]) - 1)
    warned = " ".join([*made.warnings, *([_NOISE] if NOISY in made.about.coverage else [])])
    borne = percent(made.settings.false_discovery)
    moved = Layer(
        key="change",
        label=f"Change of the harm rate since {since}",
        short="Change",
        unit="change of the underlying harm rate, both periods on the same terms",
        note=f"Of two periods as they are: part of a fall is expected where a rate was high before. {warned}".strip(),
        **_numbered(ratio, _whole, (-20.0, -10.0, 10.0, 20.0), _BY_PERCENT, few),
        change=True,
    )
    rise = _numbers(table["p_rise"])
    risen = Layer(
        key="change:rise",
        label=f"Probability that the harm rate rose since {since}",
        short="Probability of a rise",
        unit="of the underlying harm rate",
        note=f"Next to 0% it fell, next to 100% it rose; in between it cannot be told. {warned}".strip(),
        **_numbered(rise, _hundredths, (0.05, 0.2, 0.8, 0.95), _BY_CHANCE, few),
        probability=True,
    )
    verdicts = [str(value) if str(value) in _VERDICTS else None for value in table["verdict"]]
    judged = Layer(
        key="change:verdict",
        label=f"Real change since {since}",
        short="Real change",
        unit="beyond what was to be expected",
        note=(
            "Expected: the trend of the other places, what the choice of high rates explains, and ordinary drift. "
            f"Of all areas that are said to have risen or fallen, up to {borne} are borne to be wrong. {warned}"
        ).strip(),
        gap=_GAP,
        values=_shown(verdicts, few),
        classes=Classes(
            bounds=(),
            labels=tuple(_VERDICTS),
            colours=tuple(colour for colour, _ in _VERDICTS.values()),
            hatches=tuple(hatch for _, hatch in _VERDICTS.values()),
        ),
        categories=tuple(_VERDICTS),
    )
    return [moved, risen, judged]


def _numbers(values: pd.Series) -> NDArray[np.float64]:
    return np.asarray(pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan))


def _whole(value: float) -> float | None:
    """Whole per cent, or so many decimals as tell a change from none; None where it is not known or has no limit."""
    if not math.isfinite(value):
        return None
    if whole := round(value):
        return whole
    return next((finer for places in range(1, _DECIMALS + 1) if (finer := round(value, places))), 0)


def _hundredths(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 2)


def _numbered(
    values: NDArray[np.float64],
    told: Callable[[float], float | None],
    bounds: tuple[float, ...],
    labels: tuple[str, ...],
    few: NDArray[np.bool_],
) -> dict[str, Any]:
    """What a layer of numbers shows of each area: the number as it is told, its class, and a gap without one."""
    shown = _shown([told(value) for value in values.tolist()], few)
    return {"gap": _GAP, "values": shown, "classes": _classes(values, bounds, labels, few)}


def _shown(values: Sequence[Any], few: NDArray[np.bool_]) -> tuple[Any, ...]:
    return tuple(FEW if hidden else value for value, hidden in zip(values, few, strict=True))


def _classes(
    values: NDArray[np.float64], bounds: tuple[float, ...], labels: tuple[str, ...], few: NDArray[np.bool_]
) -> Classes:
    members = np.where(np.isfinite(values) & ~few, np.searchsorted(np.asarray(bounds), values), -1)
    return Classes(bounds=bounds, labels=labels, colours=_COLOURS, hatches=_RULED, members=tuple(members.tolist()))


def change_figures(
    made: Comparison | None, why_not: str, codes: pd.Index, parents: Sequence[str], rules: NumberRules
) -> dict[str, Any]:
    """What the page says of the change of each area, each district and of all areas, in per cent.

    Of an area: change and its 90% interval, probability of a rise in hundredths, verdict, what was to be expected. What
    hangs on one to four crimes of either period is withheld: of an area, a district and all areas alike.
    """
    if made is None:
        return {"since": "", "why": why_not}
    few = _few(made, codes, rules)
    rows = made.table.reindex(codes).to_dict("records")
    ratios = made.districts["ratio"].reindex(pd.Index(list(parents))) if len(parents) else pd.Series(dtype="float64")
    few_there = _few_together(made, list(parents), rules)
    return {
        "since": _since(made),
        "why": "",
        "warnings": [*made.warnings, *([_NOISE] if NOISY in made.about.coverage else [])],
        "areas": [FEW if hidden else _of_area(row) for row, hidden in zip(rows, few, strict=True)],
        "districts": [FEW if hidden else _whole(100 * (float(value) - 1))
                      for value, hidden in zip(ratios, few_there[:-1], strict=True)],
        "all": FEW if few_there[-1] else _interval(made.overall.to_dict()),
    }  # fmt: skip


def _few_together(made: Comparison, parents: Sequence[str], rules: NumberRules) -> list[bool]:
    """The rule of areas for the crimes of each district together, and for those of all areas: the last."""
    known = made.table[made.table[["rate_earlier_alike", "rate_later_alike"]].notna().all(axis=1)]
    crimes = known[["crimes_earlier", "crimes_later"]].astype("float64")
    sums = crimes.groupby(known["parent_later"].to_numpy()).sum().reindex(list(parents))
    rows = [*sums.to_numpy(dtype=np.float64), crimes.sum().to_numpy(dtype=np.float64)]
    return [FEW in rules.counts(row) for row in rows]


def _of_area(row: dict[Any, Any]) -> dict[str, Any] | None:
    if pd.isna(row["ratio"]):
        return None
    return {
        **_interval(row),
        "rise": round(float(row["p_rise"]), 2),
        "verdict": str(row["verdict"]),
        "expected": _percent(row["expected"]),
        "beyond": _percent(row["beyond"]),
    }


def _interval(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "change": _percent(row["ratio"]),
        "low": _percent(row["ratio_low_90"]),
        "high": _percent(row["ratio_high_90"]),
    }


def _percent(ratio: Any) -> float | None:
    return None if pd.isna(ratio) else _whole(100 * (float(ratio) - 1))
