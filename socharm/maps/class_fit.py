"""How well the classes of a map stand for its values: goodness of variance fit, and accuracies of Jenks and Caspall."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socharm._arguments import checked
from socharm._checks import require_finite, require_same_areas, require_unique
from socharm._constraints import Between
from socharm.errors import SchemaError
from socharm.maps.class_choice import classes_of
from socharm.maps.classes import SCHEMES

__all__ = ["class_fit"]

_Floats = NDArray[np.float64]

#: Squares of larger differences, summed over many areas, have no room.
_LARGEST: Final = 1e140


@checked
def class_fit(
    values: pd.Series, *, k: Annotated[int, Between(1, 9)] = 5, size: pd.Series | None = None
) -> pd.DataFrame:
    r"""How much of the differences between areas the classes of a choropleth keep, for each way of making classes.

    Parameters
    ----------
    values : Series
        Numbers by area code; missing ones are left out.
    k : int
        Classes, as of `plot_choropleth`.
    size : Series, optional
        Of the same areas: their extent, or their residents, by which the overview accuracy weighs them.

    Returns
    -------
    DataFrame
        Index ``scheme``: the schemes of `plot_choropleth`, each with the classes that it would draw, rounded bounds and
        the class of its own for values far above included. ``classes`` (their number), ``goodness_of_variance_fit``,
        ``tabular_accuracy``, ``overview_accuracy`` (missing without `size`): 1 where every class holds one value, 0
        where all are one class. All missing where all values are equal.

    Raises
    ------
    AlignmentError
        `size` is of other areas.
    SchemaError
        There is no value, a value is no number or above 1e140, or codes are repeated.

    Notes
    -----
    :math:`GVF = 1 - \sum (x - \bar x_c)^2 / \sum (x - \bar x)^2` with the mean of each class; both accuracies are
    :math:`1 - \sum a |x - \bar x_c| / \sum a |x - \bar x|`, with a 1 or the size. Natural breaks have the best fit of
    all schemes with as many classes, by construction, so that a high one is no reason for them: classes by equal
    numbers show order, and fit worse.

    References
    ----------
    Jenks, G.F. and Caspall, F.C. (1971). Error on choroplethic maps: definition, measurement, reduction. *Annals of the
    Association of American Geographers* 61, 217-244.
    """
    require_unique(values.index, name="values")
    known = values.dropna()
    if not len(known):
        raise SchemaError("`values` holds no value. Check the filter that made it.")
    require_finite(known, name="values")
    if float(known.abs().max()) > _LARGEST:
        raise SchemaError(
            f"`values` reach {float(known.abs().max()):g}, whose squares are no numbers any more. Give them in a "
            f"larger unit: {_LARGEST:g} at most."
        )
    weight = None
    if size is not None:
        require_unique(size.index, name="size")
        require_same_areas(size.index, values.index, names=("size", "values"))
        require_finite(size, name="size", minimum=0)
        weight = size.reindex(known.index).to_numpy(dtype=np.float64)
    x = known.to_numpy(dtype=np.float64)
    rows = {}
    for scheme in SCHEMES:
        classes = classes_of(x, scheme=scheme, k=k)
        rows[scheme] = (int(np.count_nonzero(classes.sizes)), *_fit(x, classes.number(x), weight))
    columns = ["classes", "goodness_of_variance_fit", "tabular_accuracy", "overview_accuracy"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("scheme")


def _fit(x: _Floats, number: NDArray[np.intp], weight: _Floats | None) -> tuple[float, float, float]:
    """Goodness of variance fit, tabular and overview accuracy."""
    own = (np.bincount(number, x) / np.maximum(np.bincount(number), 1))[number]
    inside, whole = np.abs(x - own), np.abs(x - np.add.reduce(x) / x.size)
    if np.ptp(x) == 0:
        return np.nan, np.nan, np.nan
    sums = [(inside**2, whole**2), (inside, whole)]
    if weight is not None:
        sums.append((inside * weight, whole * weight))
    found = [1.0 - float(np.add.reduce(a) / np.add.reduce(b)) if np.add.reduce(b) > 0 else np.nan for a, b in sums]
    return found[0], found[1], found[2] if weight is not None else np.nan
