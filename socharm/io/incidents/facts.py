"""Rows used that deserve a note, counted."""

from __future__ import annotations

import polars as pl

from socharm.io.incidents import accounting as acc

__all__ = ["facts_of"]


def facts_of(cells: pl.DataFrame, net: pl.DataFrame, repeated: pl.DataFrame, matched: int) -> dict[str, int]:
    def total(frame: pl.DataFrame, test: pl.Expr) -> int:
        return int(frame.filter(test)["n"].sum())

    kept = repeated.filter(pl.col("reason") == 0)
    return dict(
        zip(
            acc.FACTS,
            (
                repeated.height,
                repeated["crime_id"].n_unique(),
                total(cells, pl.col("zero")),
                total(net, pl.col("near")),
                total(net, pl.col("on_line")),
                int((net["n"] - net["ids"]).sum()),
                kept.height - kept["crime_id"].n_unique(),
                total(net, ~pl.col("labelled")),
                total(net, ~pl.col("has_location_text")),
                total(net, pl.col("place") > 0),
                matched,
            ),
            strict=True,
        )
    )
