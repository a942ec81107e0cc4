"""Parts of a difference between rates: published examples, and the laws that they keep."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm.errors import AlignmentError, ParameterError, SchemaError
from socharm.rescoring.decomposition import decompose, decompose_several

#: Das Gupta (1993), US Census Bureau P23-186, as printed by the R package DasGuptR 2: earlier, later, parts, decimals.
PUBLISHED = {
    "earnings, 2 factors": (
        {"avg_earnings": 10930, "earner_prop": 0.717892},
        {"avg_earnings": 16591, "earner_prop": 0.825974},
        {"avg_earnings": 4369.913, "earner_prop": 1487.262},
        3,
    ),
    "birth rates, 3 factors": (
        {"birthsw1549": 51.78746, "propw1549": 0.45919, "propw": 0.52638},
        {"birthsw1549": 84.90502, "propw1549": 0.75756, "propw": 0.51065},
        {"birthsw1549": 10.4340333, "propw1549": 10.5608476, "propw": -0.6670084},
        7,
    ),
    "births of unmarried women, 4 factors": (
        {"birth_preg": 25.3, "preg_actw": 0.214, "actw_prop": 0.279, "w_prop": 0.949},
        {"birth_preg": 32.7, "preg_actw": 0.290, "actw_prop": 0.473, "w_prop": 0.986},
        {"birth_preg": 0.6889411, "preg_actw": 0.8125381, "actw_prop": 1.3829055, "w_prop": 0.1047547},
        7,
    ),
    "fertility, 5 factors": (
        {"prop_m": 0.58, "noncontr": 0.76, "abort": 0.84, "lact": 0.66, "fecund": 16.573},
        {"prop_m": 0.72, "noncontr": 0.97, "abort": 0.97, "lact": 0.56, "fecund": 16.158},
        {"prop_m": 1.0909785, "noncontr": 1.2298438, "abort": 0.7278399, "lact": -0.8398707, "fecund": -0.1290187},
        7,
    ),
    "birth rate by seven ages, 1960 and 1970": (
        {
            "bm": [0.393, 0.407, 0.369, 0.274, 0.184, 0.090, 0.016],
            "mw": [122.0, 622.0, 903.0, 930.0, 916.0, 873.0, 800.0],
            "wp": [0.043, 0.041, 0.036, 0.032, 0.026, 0.020, 0.018],
        },
        {
            "bm": [0.488, 0.452, 0.338, 0.156, 0.063, 0.022, 0.003],
            "mw": [82.0, 527.0, 866.0, 941.0, 942.0, 923.0, 876.0],
            "wp": [0.058, 0.038, 0.032, 0.030, 0.026, 0.023, 0.019],
        },
        {"bm": -7.285632, "mw": -2.720633, "wp": -1.565181},
        6,
    ),
}

NUMBERS = st.floats(-1e3, 1e3, allow_subnormal=False)


def a_pair(most: int = 6):
    """Factors of two populations, each a number; some the same in both."""
    return st.integers(2, most).flatmap(lambda k: st.lists(st.tuples(NUMBERS, NUMBERS), min_size=k, max_size=k))


def named(values) -> dict[str, float]:
    return {f"f{place}": value for place, value in enumerate(values)}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_examples(name):
    earlier, later, parts, decimals = PUBLISHED[name]
    found = decompose(earlier, later)
    assert list(found.index) == list(parts)
    for factor, part in parts.items():
        assert found[factor] == pytest.approx(part, abs=0.5 * 10**-decimals)


def test_a_rate_of_ones_own():
    """By hand, of n w + b: n moves by 2 times the mean weight 15, w by 10 times the mean number 3."""
    found = decompose(
        {"n": 2, "w": 10, "b": 1}, {"n": 4, "w": 20, "b": 8}, rate_of=lambda n, w, b: float(n) * float(w) + float(b)
    )
    assert found.to_dict() == {"n": 30.0, "w": 30.0, "b": 7.0}


@given(pair=a_pair())
def test_parts_add_up_to_the_whole(pair):
    earlier, later = named(a for a, _ in pair), named(b for _, b in pair)
    whole = np.prod(list(later.values())) - np.prod(list(earlier.values()))
    scale = np.prod([max(abs(a), abs(b), 1.0) for a, b in pair])
    assert decompose(earlier, later).sum() == pytest.approx(whole, abs=1e-9 * scale)


@given(pair=a_pair())
def test_swapped_they_are_negated_to_the_last_bit(pair):
    earlier, later = named(a for a, _ in pair), named(b for _, b in pair)
    assert (decompose(earlier, later) == -decompose(later, earlier)).all()


@given(pair=a_pair(), place=st.integers(0, 5))
def test_what_did_not_change_has_no_part(pair, place):
    earlier = named(a for a, _ in pair)
    moved = list(earlier)[place % len(earlier)]
    found = decompose(earlier, {**earlier, moved: pair[place % len(pair)][1]})
    assert (found.drop(moved) == 0.0).all()


@given(triple=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=2, max_size=4))
def test_several_populations_chain_and_add_up(triple):
    years = {f"y{year}": named(values[year] for values in triple) for year in range(3)}
    found = decompose_several(years).set_index(["earlier", "later", "factor"])["part"]
    scale = np.prod([max(*map(abs, values), 1.0) for values in triple])
    for factor in years["y0"]:
        steps = found["y0", "y1", factor] + found["y1", "y2", factor]
        assert steps == pytest.approx(found["y0", "y2", factor], abs=1e-9 * scale)
    rates = {year: np.prod(list(factors.values())) for year, factors in years.items()}
    for first, second in (("y0", "y1"), ("y0", "y2"), ("y1", "y2")):
        assert found[first, second].sum() == pytest.approx(rates[second] - rates[first], abs=1e-9 * scale)


def test_two_of_several_are_the_pair():
    earlier, later, _, _ = PUBLISHED["fertility, 5 factors"]
    found = decompose_several({"a": earlier, "b": later}).set_index("factor")["part"]
    assert found.to_numpy() == pytest.approx(decompose(earlier, later).to_numpy(), rel=1e-14)


def test_parts_of_pairs_do_not_chain():
    """By hand: n goes 2, 4, 4 and w 10, 10, 20: in pairs n has 20, 0 and 30; among the three 80/3, 0 and 80/3."""
    three = {year: {"n": n, "w": w} for year, n, w in (("a", 2, 10), ("b", 4, 10), ("c", 4, 20))}
    alone = [decompose(three[i], three[j])["n"] for i, j in (("a", "b"), ("b", "c"), ("a", "c"))]
    assert alone == [20.0, 0.0, 30.0]
    found = decompose_several(three).query("factor == 'n'").set_index(["earlier", "later"])["part"]
    assert found["a", "c"] == pytest.approx((2 * 30 + 20 + 0) / 3)
    assert found["a", "b"] + found["b", "c"] == pytest.approx(found["a", "c"])


@pytest.mark.parametrize(
    ("earlier", "later", "error", "words"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "c": 2}, ParameterError, "not a factor of both"),
        ({"a": 1}, {"a": 2}, ParameterError, "takes 2 to 8"),
        ({f"f{i}": 1 for i in range(9)}, {f"f{i}": 1 for i in range(9)}, ParameterError, "9 factors"),
        ({"a": 1, "b": float("nan")}, {"a": 1, "b": 2}, SchemaError, "'b' of 'earlier' holds values that are missing"),
        ({"a": 1, "b": 2}, {"a": 1, "b": "x"}, SchemaError, "'b' of 'later' holds what is no number"),
    ],
)
def test_factors_that_cannot_be_decomposed(earlier, later, error, words):
    with pytest.raises(error, match=words):
        decompose(earlier, later)


def test_a_rate_that_is_no_number_is_refused():
    with pytest.raises(SchemaError, match="no finite number"):
        decompose({"a": 1, "b": 2}, {"a": 1, "b": 3}, rate_of=lambda a, b: float("nan"))
    with pytest.raises(ParameterError, match="needs two"):
        decompose_several({"a": {"x": 1, "y": 2}})


@pytest.mark.parametrize(
    ("earlier", "later", "words"),
    [
        ({"n": [1, 2], "w": [1, 2]}, {"n": [5], "w": [7]}, "'n' holds 2 values in 'earlier' and 1 value in 'later'"),
        ({"n": [1, 2], "w": [1, 2]}, {"n": 5, "w": 7}, "2 values in 'earlier' and a single number in 'later'"),
        ({"n": [1, 2], "w": [1, 2, 3]}, {"n": [1, 2], "w": [1, 2, 3]}, "'n' 2 values, 'w' 3 values"),
        ({"n": [1], "w": [1, 2]}, {"n": [1], "w": [1, 2]}, "'n' 1 value, 'w' 2 values"),
    ],
)
def test_sub_populations_of_unlike_number_are_refused(earlier, later, words):
    with pytest.raises(ParameterError, match=words):
        decompose(earlier, later)
    with pytest.raises(ParameterError, match=words.replace("earlier", "a").replace("later", "b")):
        decompose_several({"a": earlier, "b": later})


def test_a_single_number_holds_for_all_sub_populations():
    """By hand: n [1, 2] against [3, 2], w 10 in both: the change is 20, all of it n."""
    found = decompose({"n": [1, 2], "w": 10}, {"n": [3, 2], "w": 10})
    assert found.to_dict() == {"n": 20.0, "w": 0.0}


def test_a_rate_of_ones_own_may_take_factors_of_unlike_length():
    found = decompose(
        {"n": [1, 2], "w": [1, 1, 1]}, {"n": [3, 2], "w": [1, 1, 1]}, rate_of=lambda n, w: n.sum() * w.sum()
    )
    assert found.to_dict() == {"n": 6.0, "w": 0.0}


@pytest.mark.parametrize("rate_of", [lambda a, x: a * x, lambda: 1.0, lambda a, b: "many", lambda a, b: a / [0][1]])
def test_a_rate_that_does_not_take_the_factors_is_told(rate_of):
    with pytest.raises(ParameterError, match=r"`rate_of` could not be called with the factors .*Give it these"):
        decompose({"a": 1, "b": 2}, {"a": 1, "b": 3}, rate_of=rate_of)


def test_sub_populations_go_by_name_or_are_refused():
    young, old = ({"n": pd.Series(n, index=["p", "q"]), "w": pd.Series([10.0, 20.0], index=["p", "q"])}
                  for n in ([1.0, 2.0], [3.0, 5.0]))  # fmt: skip
    assert decompose(young, old).to_dict() == {"n": 80.0, "w": 0.0}
    turned = old | {"n": old["n"].iloc[::-1]}
    with pytest.raises(AlignmentError, match="'n' of 'later' has other sub-populations than 'n' of 'earlier'"):
        decompose(young, turned)
    with pytest.raises(AlignmentError, match="Give all of them by the same index"):
        decompose_several({"a": young, "b": old | {"w": old["w"].rename({"q": "r"})}})
