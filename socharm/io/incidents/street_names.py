"""The name that police.uk gives each of its map points, kept while a source is read."""

from __future__ import annotations

from typing import Final

import polars as pl

from socharm._columns import N

__all__ = ["STREET", "names_by_place", "stated_name"]

#: Column of the name of a street ("Shields Road") or kind of place ("Supermarket").
STREET: Final = "street"
#: How police.uk begins the name of a map point; other texts may be addresses, which name households.
_PREFIX: Final = "On or near "
#: How police.uk writes the genitive of some: "St Peter'S Road".
_LARGE_S: Final = r"([a-z])'S\b"
_NO_NAME: Final = ("No Location", "No location", "")


def stated_name(location: pl.Expr) -> pl.Expr:
    """A location as it is written where it is the name of a map point; missing where it is none.

    Parameters
    ----------
    location : polars expression of texts

    Returns
    -------
    polars expression of categories
        Other texts are not kept, since an extract may state addresses there.
    """
    text = location.cast(pl.String)
    return pl.when(text.str.strip_chars().str.starts_with(_PREFIX)).then(text).cast(pl.Categorical)


def names_by_place(places: pl.Series, stated: pl.Series, rows: pl.Series, *, number: int) -> pl.Series:
    """The name of each place that has one; the more frequent where it has several.

    Parameters
    ----------
    places : Series of int
        Position of the place of each row.
    stated : Series of categories
        As `stated_name` gives them.
    rows : Series of int
        How many incidents each row stands for.
    number : int
        Of places.

    Returns
    -------
    Series of str
        By position of the place, without "On or near", and with the small s of a genitive.

    Examples
    --------
    >>> at, n = pl.Series([0, 0, 0, 2]), pl.Series([1, 1, 1, 5])
    >>> said = pl.Series(["On or near The Quay", "On or near A1", "On or near The Quay", "On or near No Location"])
    >>> names_by_place(at, said, n, number=3).to_list()
    ['The Quay', None, None]
    """
    frame = pl.DataFrame({"place": places, STREET: stated, N: rows}).filter(pl.col(STREET).is_not_null())
    sums = frame.group_by("place", STREET).agg(pl.col(N).cast(pl.Int64).sum())
    name = pl.col(STREET).cast(pl.String).str.strip_chars().str.strip_prefix(_PREFIX).str.strip_chars()
    name = name.str.replace_all(_LARGE_S, "${1}'s")
    named = sums.with_columns(name).filter(~pl.col(STREET).is_in(_NO_NAME))
    sums = named.group_by("place", STREET).agg(pl.col(N).sum()).sort(["place", N, STREET])
    most = sums.group_by("place", maintain_order=True).agg(pl.col(STREET).last())
    every = pl.DataFrame({"place": pl.Series(range(number), dtype=most.schema["place"])})
    return every.join(most, on="place", how="left", maintain_order="left")[STREET].cast(pl.String)
