"""From counts and weights to cells: what is counted, what it weighs, and how long it was exposed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import pandas as pd

from socharm._checks import names_told, nearest_name
from socharm._columns import AREA, OFFENCE, PERIOD, N
from socharm._value_kinds import shown
from socharm._words import number_of
from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.io.incidents.places import known_flags, require_flags
from socharm.io.incidents.records import Counts
from socharm.io.population import Population
from socharm.offences import COMBINED_CATEGORIES, GROUPS, OFFENCE_SETS, canonical_offence, group_of, offence_set
from socharm.stats.month_effects import steady_effect

__all__ = [
    "weighted_cells",
    "denominator",
    "excluded_offences",
    "exposure_by_month",
    "less_exclusions",
    "named_offences",
    "offences_left_out",
    "season_exposure",
    "select_offences",
    "split_weighted",
    "without_flagged",
]

#: Crimes a month from which a season can be told.
LEAST_A_MONTH: Final = 30


def select_offences(
    labels: Iterable[str], wanted: str | Iterable[str], *, argument: str = "offences", flags: Iterable[str] = ()
) -> list[str]:
    """Labels that belong to a named set (``"soc"``) or group (``"acquisitive"``), or to a list of labels and names.

    Parameters
    ----------
    labels : iterable of str
    wanted : str or iterable of str
        Labels in any spelling, sets, groups.
    argument : str
        The caller's argument, as the message names it.
    flags : iterable of str
        Flags that could be named there as well, for the message.

    Raises
    ------
    ParameterError
        A name that is not known; gives the nearest.
    """
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    known = sorted(labels)
    keep: set[str] = set()
    for name in names:
        if name == "all":
            keep.update(known)
        elif name in OFFENCE_SETS:
            keep.update(offence_set(name) & set(known))
        elif name in known:
            keep.add(name)
        elif name in GROUPS:
            keep.update(label for label in known if group_of(label) == name)
        elif canonical_offence(name) in known:
            keep.add(canonical_offence(name))
        else:
            raise ParameterError(_unknown_offence(name, known, argument, list(flags)))
    return sorted(keep)


def named_offences(labels: Collection[str], wanted: Iterable[str]) -> list[str]:
    """As `select_offences`, which are some.

    Raises
    ------
    ParameterError
        None is named, or only sets and groups of which no offence occurs.
    """
    found = select_offences(labels, wanted)
    if not found:
        raise ParameterError(
            f"`offences` {list(wanted)} holds none of the offences of the counts, which are "
            f"{names_told(sorted(labels))}. Choose among them."
        )
    return found


def offences_left_out(counts: Counts, exclude: Collection[str], weighted: Collection[str]) -> set[str]:
    """As `excluded_offences`; stops where they leave nothing that has a weight: no harm would then be no finding."""
    left_out = excluded_offences(counts, exclude)
    if set(weighted) <= left_out:
        raise ParameterError(
            f"`exclude` {list(exclude)} takes away every offence that has a weight, so there is nothing to weigh. "
            "Exclude less."
        )
    return left_out


def _unknown_offence(name: str, known: list[str], argument: str, flags: list[str]) -> str:
    # Of a flag such as place:hospital the second half is what is mistyped or given alone.
    by_half = {flag.partition(":")[2] or flag: flag for flag in flags}
    near = nearest_name(name, [*known, *OFFENCE_SETS, *GROUPS, *by_half])
    hint = by_half.get(near, near) if near else None
    sets = ", ".join([*sorted(OFFENCE_SETS), *GROUPS])
    kinds = f"neither an offence of the counts, a named set ({sets}) nor a flag ({', '.join(flags)})"
    if not flags:
        kinds = f"neither an offence of the counts nor a named set ({sets})"
    return f"`{argument}` names {shown(name)}, which is {kinds}." + (f" Did you mean {hint!r}?" if hint else "")


def excluded_offences(counts: Counts, exclude: Iterable[str]) -> set[str]:
    """Offences that `without_flagged` takes out as a whole; flags of single incidents are no offences."""
    flags = set(counts.flagged["flag"].unique()) if len(counts.flagged) else set()
    names = [name for name in exclude if not name.startswith("place:") and name not in flags]
    told = known_flags(flags)
    return {label for name in names for label in select_offences(counts.offences, name, argument="exclude", flags=told)}


def without_flagged(counts: Counts, exclude: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts less the rows that carry a flag, or less whole offences; and what each exclusion took away.

    Parameters
    ----------
    counts : Counts
    exclude : iterable of str
        Flags such as ``"place:hospital"`` or ``"place:*"`` (all report-generating places), names of
        offences or of offence sets. Flags other than places may overlap, so only one may be named.

    Returns
    -------
    table, removed : DataFrame
        `counts.table` less the exclusions, and ``exclusion``, ``area_code``, ``offence``, ``period``, ``n``.
    """
    return less_exclusions(counts.table, counts.flagged, exclude, offences=counts.offences)


def less_exclusions(
    table: pd.DataFrame, flagged: pd.DataFrame, exclude: Iterable[str], *, offences: Collection[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """As `without_flagged`, from the tables: published counts are made so too.

    Parameters
    ----------
    table, flagged : DataFrame
        As in `Counts`.
    exclude : iterable of str
    offences : collection of str
        The offences that may be named.

    Raises
    ------
    ParameterError
        An offence, set or flag that is not known, or flags that may overlap.
    """
    removed = []
    flags = set(flagged["flag"].unique()) if len(flagged) else set()
    names = list(dict.fromkeys(exclude))
    require_flags(names, flags=sorted(flag for flag in flags if not flag.startswith("place:")), name="exclude")
    extract_flags = [name for name in names if name in flags and not name.startswith("place:")]
    if len(extract_flags) > 1 or (extract_flags and any(name.startswith("place:") for name in names)):
        raise ParameterError(
            f"`exclude` names {names}: these flags may overlap on one incident. Exclude one at a time."
        )
    if "place:*" in names:  # which holds every other place: none is taken away twice
        names = [name for name in names if not name.startswith("place:") or name == "place:*"]
    for name in names:
        if name.startswith("place:") or name in flags:
            chosen = {f for f in flags if f.startswith("place:")} if name == "place:*" else {name}
            part = flagged.loc[flagged["flag"].isin(chosen), [AREA, OFFENCE, PERIOD, N]]
        else:
            labels = select_offences(offences, name, argument="exclude", flags=known_flags(flags))
            part = table.loc[table[OFFENCE].isin(labels), [AREA, OFFENCE, PERIOD, N]]
        removed.append(part.assign(exclusion=name))
        sums = part.groupby([AREA, OFFENCE, PERIOD], observed=True)[N].sum().rename("less")
        joined = table.join(sums, on=[AREA, OFFENCE, PERIOD])
        left = (joined[N] - joined["less"].fillna(0)).astype("int64").clip(lower=0)
        table = joined.drop(columns="less").assign(n=left)
    empty = pd.DataFrame(columns=["exclusion", AREA, OFFENCE, PERIOD, N])
    return table, pd.concat(removed, ignore_index=True) if removed else empty


def split_weighted(
    labels: Collection[str], weighted: pd.Index, excluded: Collection[str], unweighted: str
) -> list[str]:
    """Labels that carry a weight; stops at labels that should and do not."""
    lacking = [label for label in labels if label not in weighted]
    by_design = [label for label in lacking if label in excluded]
    other = [label for label in lacking if label not in excluded]
    if unweighted == "error" and lacking:
        raise SchemaError(
            f"`weights` has no weight for {lacking}. Choose a scheme that has them, or `unweighted='report'`."
        )
    if other and unweighted != "allow":
        hints = {
            label: nearest_name(label, map(str, weighted)) for label in other[:5] if label not in COMBINED_CATEGORIES
        }
        near = "; ".join(f"{label!r} (nearest: {hint!r})" for label, hint in hints.items() if hint)
        held = [f"{label!r} held {list(COMBINED_CATEGORIES[label])}" for label in other if label in COMBINED_CATEGORIES]
        earlier = (
            " Labels of police.uk in earlier months have a weight only where all that they held has one "
            f"({'; '.join(held)}): use a crosswalk."
            if held
            else ""
        )
        raise SchemaError(
            f"`weights` lacks {number_of(len(other), 'offence')} that "
            f"`counts` holds, such as {other[:5]}"
            + (f": {near}" if near else "")
            + ". Rename them, use a crosswalk of the scheme for categories, or pass `unweighted='allow'` to report "
            f"them without harm. Left out by design: {by_design}.{earlier}"
        )
    return [label for label in labels if label in weighted]


def denominator(counts: Counts, population: Population | None, missing: str) -> pd.Series:
    """Denominator by area: 1 for each area where `population` is None; missing where left out."""
    areas = counts.areas.index
    if population is None:
        return pd.Series(1.0, index=areas, name="value")
    unknown = areas.difference(population.values.index)
    if len(unknown) == len(areas):
        raise AlignmentError(
            f"None of the {number_of(len(areas), 'area')} of `counts` is in `population` ({list(areas[:2])} against "
            f"{list(population.values.index[:2])}). Check that both use the same boundary year."
        )
    values = population.values.reindex(areas).astype(float)
    bad = values.index[~(values > 0)]
    if len(bad) and missing == "error":
        raise AlignmentError(
            f"{number_of(len(bad), 'area of `counts` has', 'areas of `counts` have')} "
            f"no population above zero, such as {list(bad[:3])}. Merge them with a "
            "neighbour, complete the table, or pass `missing='leave out'` to leave them unranked with the reason."
        )
    return values.where(values > 0)


def exposure_by_month(values: pd.Series, coverage: pd.DataFrame) -> pd.DataFrame:
    """Denominator-years by area and month, 0 where not covered: value / 12 for a covered month."""
    covered = coverage.reindex(values.index).to_numpy(dtype=float)
    return pd.DataFrame(values.to_numpy()[:, None] / 12 * covered, index=values.index, columns=coverage.columns)


def season_exposure(monthly: pd.DataFrame, cells: pd.DataFrame, coverage: pd.DataFrame) -> pd.Series:
    """Denominator-years by area, covered months weighed by the level that all areas share in them.

    Parameters
    ----------
    monthly : DataFrame
        As `exposure_by_month` gives it.
    cells : DataFrame
        ``area_code``, ``period``, ``n``.
    coverage : DataFrame of bool
        Areas x months.

    Returns
    -------
    Series by area, in the order of `monthly`
        The plain sum where every area is covered in the same months, or where fewer than `LEAST_A_MONTH` crimes a
        month do not tell a season.

    Notes
    -----
    An area whose summer is missing is not a quiet one: a covered winter month counts as less than a month. No single
    area moves the level, however many crimes it has (`steady_effect`).
    """
    mask = coverage.reindex(monthly.index).to_numpy(dtype=bool)
    seen = mask.any(axis=1)
    plain = monthly.sum(axis=1)
    if not seen.any() or (mask[seen] == mask[seen][0]).all():
        return plain
    sums = cells.groupby([AREA, PERIOD], observed=True)[N].sum().unstack(fill_value=0)  # noqa: PD010
    n = sums.reindex(index=monthly.index, columns=coverage.columns, fill_value=0).fillna(0).to_numpy(dtype=float)
    if n.sum() < LEAST_A_MONTH * mask.any(axis=0).sum():
        return plain
    return pd.Series(monthly.to_numpy(dtype=float) @ steady_effect(n, mask), index=monthly.index)


def weighted_cells(table: pd.DataFrame, weights: pd.DataFrame, exposure: pd.DataFrame) -> pd.DataFrame:
    """Cells: counts with weight, variance, tau, exposure and harm, in fixed order."""
    cells = table.sort_values([AREA, OFFENCE, PERIOD], kind="stable").reset_index(drop=True)
    for column in ("weight", "within_variance", "tau"):
        cells[column] = cells[OFFENCE].map(weights[column]).to_numpy(dtype=float)
    rows = exposure.index.get_indexer(pd.Index(cells[AREA]))
    columns = exposure.columns.get_indexer(pd.PeriodIndex(cells[PERIOD]))
    cells["exposure"] = exposure.to_numpy()[rows, columns]
    cells["harm"] = cells[N].to_numpy() * cells["weight"].to_numpy()
    return cells
