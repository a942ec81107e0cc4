"""Which area of an earlier assessment is which area of a later one, where codes or borders changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
import scipy

from socharm._about import About, combine_about
from socharm._arguments import checked
from socharm._columns import AREA, NAME
from socharm._constraints import ClosedShare
from socharm._record import Record
from socharm._settings import Settings, setting
from socharm._words import joined_words, number_of
from socharm.errors import AlignmentError
from socharm.io.area_overlaps import outlines_of, overlapping_areas
from socharm.io.lookups import Lookup
from socharm.snapshot.assessment import Assessment

__all__ = ["AreaMatch", "By", "MatchSettings", "carriers", "codes_told", "match_areas"]

#: By what areas are matched where no lookup says.
By: TypeAlias = Literal["code", "ground"]
#: Codes that a sentence lists.
_SHOWN: Final = 30
_CODE: Final = "code"
_LOOKUP: Final = "lookup"
_GROUND: Final = "ground"


@dataclass(frozen=True, kw_only=True)
class MatchSettings(Settings):
    """Choices of how areas of two assessments are matched."""

    by: By = setting("code", 'areas of the same code are the same; or "ground", which compares borders', recipe=False)
    sliver: ClosedShare = setting(
        0.01, "shares of an area below this are how borders were drawn, and are not followed", recipe=False
    )
    least_ground: ClosedShare = setting(
        0.9, "an area with less of its ground in the other assessment is not matched", recipe=False
    )


@dataclass(frozen=True, eq=False, repr=False)
class AreaMatch(Record):
    """Which area of an earlier assessment is which of a later one.

    Attributes
    ----------
    table : DataFrame
        ``earlier``, ``later`` (codes), ``share`` (part of the earlier area that goes to the later one), ``how``
        ("code", "lookup" or "ground"). The shares of an earlier area add up to 1.
    unmatched : DataFrame
        ``assessment`` ("earlier" or "later"), ``area_code``, ``name``, ``reason``.
    """

    __made_by__ = ("match_areas",)

    table: pd.DataFrame
    unmatched: pd.DataFrame
    settings: MatchSettings
    about: About

    @property
    def divided(self) -> pd.Index:
        """Later areas that are made of a part of an earlier one, so that their earlier counts are interpolated."""
        codes: pd.Index = pd.Index(sorted(set(self.table.loc[self.table["share"] < 1, "later"])), name=AREA)
        return codes

    def _summary(self) -> dict[str, str]:
        return {
            "areas matched": f"{self.table['later'].nunique():,}, of which {len(self.divided):,} by interpolation",
            "not matched": f"{len(self.unmatched):,}",
        }


@checked
def match_areas(
    earlier: Assessment,
    later: Assessment,
    *,
    change: Lookup | None = None,
    by: By = "code",
    sliver: ClosedShare = 0.01,
    least_ground: ClosedShare = 0.9,
    settings: MatchSettings | Mapping[str, Any] | None = None,
) -> AreaMatch:
    """Match the areas of two assessments.

    Parameters
    ----------
    earlier, later : Assessment
    change : Lookup, optional
        What became of codes, from `read_lookup`: from codes of the earlier assessment to codes of the later one, with
        shares where a code was divided. Codes that it does not list and that both assessments have are unchanged.
    by : {"code", "ground"}
        Without `change`: areas of the same code are the same; or areas are matched by the ground they share, which
        also finds borders that moved under a code that stayed.
    sliver, least_ground : float
        With ``by="ground"``: shares below `sliver` are not followed, and an area of which less than `least_ground` lies
        in the other assessment is not matched.
    settings : MatchSettings or mapping, optional
        Choices of another matching, for what is not stated by keyword.

    Returns
    -------
    AreaMatch
        What cannot be matched is listed with the reason.

    Raises
    ------
    AlignmentError
        The change table has holes: a code of the earlier assessment without a successor, a successor that the later
        assessment does not have, a code of the later one to which nothing leads; all codes at once. Or no area of the
        two can be matched.
    ParameterError
        ``by="ground"`` for an assessment that kept no boundaries.

    Notes
    -----
    Counts and people of a divided area are carried by its shares, as if both were spread evenly over the ground: a
    comparison tells how far that reaches.
    """
    chosen = MatchSettings.of(settings)
    names = {"earlier": earlier.tables["areas"][NAME], "later": later.tables["areas"][NAME]}
    if change is not None:
        pairs = _by_lookup(names["earlier"].index, names["later"].index, change)
    elif chosen.by == "ground":
        pairs = _by_ground(earlier, later, chosen)
    else:
        same = names["earlier"].index.intersection(names["later"].index)
        pairs = pd.DataFrame({"earlier": same, "later": same, "share": 1.0, "how": _CODE})
    if not len(pairs):
        told = [list(map(str, codes.index[:3])) for codes in names.values()]
        raise AlignmentError(
            f"No area of the earlier assessment ({told[0]}) is one of the later ({told[1]}). Compare assessments of "
            "the same place, or give `change=`, a lookup from the codes of the one to those of the other."
        )
    pairs = pairs.sort_values(["later", "earlier"], kind="stable").reset_index(drop=True)
    return AreaMatch(
        table=pairs.astype({"earlier": "str", "later": "str", "how": "str"}),
        unmatched=_unmatched(pairs, names, chosen.by if change is None else _LOOKUP),
        settings=chosen,
        about=combine_about(later.about, earlier.about),
    )


def codes_told(codes: Iterable[object]) -> str:
    """Codes as a sentence lists them, in order.

    Examples
    --------
    >>> codes_told(["E05000002", "E05000001"])
    'E05000001 and E05000002'
    """
    listed = sorted(map(str, codes))
    more = [f"{len(listed) - _SHOWN:,} more"] if len(listed) > _SHOWN else []
    return joined_words([*listed[:_SHOWN], *more])


def _by_lookup(earlier: pd.Index, later: pd.Index, change: Lookup) -> pd.DataFrame:
    listed = change.table[change.table["source"].isin(earlier)]
    rest = earlier.difference(pd.Index(change.table["source"]))
    same = rest.intersection(later)
    pairs = pd.DataFrame(
        {
            "earlier": [*listed["source"], *same],
            "later": [*listed["target"], *same],
            "share": [*listed["share"].astype(float), *[1.0] * len(same)],
            "how": [_LOOKUP if a != b else _CODE for a, b in zip(listed["source"], listed["target"], strict=True)]
            + [_CODE] * len(same),
        }
    )
    pairs = pairs[pairs["share"] > 0]
    holes = {
        "without a successor": rest.difference(later),
        "which the later assessment does not have, though the table leads to them": pd.Index(pairs["later"]).difference(
            later
        ),
        "of the later assessment to which nothing leads": later.difference(pd.Index(pairs["later"])),
    }
    found = [
        f"{number_of(len(codes), 'code')} {what}: {codes_told(codes)}" for what, codes in holes.items() if len(codes)
    ]
    if found:
        raise AlignmentError(f"The change table has holes: {'; '.join(found)}. Complete it, with a row for each code.")
    return pairs


def _by_ground(earlier: Assessment, later: Assessment, chosen: MatchSettings) -> pd.DataFrame:
    shared = overlapping_areas(outlines_of(earlier.areas()), outlines_of(later.areas()))
    ample = {
        which: shared.groupby(which)[f"share_{which}"].sum() >= chosen.least_ground for which in ("first", "second")
    }
    kept = shared[shared["first"].map(ample["first"]) & shared["second"].map(ample["second"])]
    kept = kept[(kept["share_first"] >= chosen.sliver) | (kept["share_second"] >= chosen.sliver)]
    whole = kept.groupby("first")["share_first"].transform("sum")
    share = (kept["share_first"] / whole).to_numpy()
    # What is left of an area once slivers are gone is the whole of it.
    share = np.where(share > 1 - chosen.sliver, 1.0, share)
    small = share < chosen.sliver
    share = np.where(small, 0.0, share)
    pairs = pd.DataFrame({"earlier": kept["first"].array, "later": kept["second"].array, "share": share})
    pairs = pairs[pairs["share"] > 0]
    pairs["share"] = pairs["share"] / pairs.groupby("earlier")["share"].transform("sum")
    alone = ~pairs["earlier"].duplicated(keep=False) & ~pairs["later"].duplicated(keep=False)
    stayed = alone & (pairs["earlier"] == pairs["later"])
    return pairs.assign(how=np.where(stayed, _CODE, _GROUND))


def _unmatched(pairs: pd.DataFrame, names: Mapping[str, pd.Series], by: str) -> pd.DataFrame:
    other = {"earlier": "later", "later": "earlier"}
    rows = []
    for which, known in names.items():
        for code in known.index.difference(pd.Index(pairs[which])):
            reason = f"the {other[which]} assessment has no area of this code"
            if by == _GROUND:
                reason = f"too little of its ground is in areas of the {other[which]} assessment"
            rows.append((which, str(code), known[code], reason))
    return pd.DataFrame(rows, columns=["assessment", AREA, NAME, "reason"]).astype("str")


def carriers(match: AreaMatch, earlier: pd.Index, later: pd.Index) -> dict[str, Any]:
    """What `align_sides` needs: areas compared, what each is held against, and the shares as matrices."""
    areas = later[later.isin(match.table["later"])]
    row, column = (
        areas.get_indexer(pd.Index(match.table["later"])),
        earlier.get_indexer(pd.Index(match.table["earlier"])),
    )
    shape = (len(areas), len(earlier))
    carry = scipy.sparse.csr_matrix((match.table["share"].to_numpy(dtype=float), (row, column)), shape=shape)
    own = scipy.sparse.csr_matrix(
        (np.ones(len(areas)), (np.arange(len(areas)), later.get_indexer(areas))), shape=(len(areas), len(later))
    )
    weight = match.table.assign(same=match.table["earlier"] == match.table["later"])
    # The area of the same code where there is one, else the one that gives the largest share.
    first = weight.sort_values(["later", "same", "share", "earlier"], ascending=[True, False, False, True])
    before = first.drop_duplicates("later").set_index("later")["earlier"].reindex(areas)
    return {"areas": areas, "before": pd.Index(before), "carry": carry, "carry_later": own}
