"""How well classes fit: Jenks's counties as classInt has them, and laws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from socharm.errors import AlignmentError, SchemaError
from socharm.maps.class_fit import class_fit


def test_fit_of_natural_breaks_is_that_of_classint():
    """Jenks and Caspall's 102 counties; classInt 0.4-9, `jenks.tests` of five Fisher classes."""
    counties = pd.read_csv(Path(__file__).parents[1] / "reference" / "jenks71" / "jenks71.csv")
    counties.index = pd.Index([f"C{i:03d}" for i in range(len(counties))])
    found = class_fit(counties["jenks71"], k=5, size=counties["area"]).loc["natural_breaks"]
    assert found["classes"] == 5
    expected = [0.931356006266311, 0.734263121258651, 0.725053270769398]
    np.testing.assert_allclose(found.to_numpy(dtype=float)[1:], expected, rtol=1e-9)


def test_natural_breaks_fit_best_and_one_class_not_at_all():
    values = pd.Series(np.random.default_rng(1).beta(2.0, 5.0, size=200))  # nothing lies far above: four classes each
    fit = class_fit(values, k=4).loc[["quantiles", "natural_breaks", "equal"]]
    assert fit["classes"].tolist() == [4, 4, 4]
    assert fit["goodness_of_variance_fit"].idxmax() == "natural_breaks"
    assert class_fit(pd.Series([1.0, 2.0, 3.0]), k=1).loc["natural_breaks", "goodness_of_variance_fit"] == 0
    assert class_fit(pd.Series([1.0, 2.0, 3.0]), k=3).loc["natural_breaks", "goodness_of_variance_fit"] == 1
    assert class_fit(pd.Series([2.0, 2.0, np.nan])).iloc[:, 1:].isna().all(axis=None)


def test_fit_of_nothing_and_sizes_of_other_areas():
    with pytest.raises(SchemaError, match="`values` holds no value"):
        class_fit(pd.Series([np.nan]))
    with pytest.raises(SchemaError, match=r"`values` reach 1e\+300, whose squares are no numbers any more"):
        class_fit(pd.Series([1.0, 1e300]))
    with pytest.raises(AlignmentError, match="1 area of `size` is not in `values`"):
        class_fit(pd.Series([1.0, 2.0]), size=pd.Series([1.0, 2.0, 3.0]))
