"""How different colours look to people with a colour vision deficiency."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from socharm._checks import require_choice

__all__ = ["DEFICIENCIES", "colour_differences", "simulate_deficiency"]

_Floats = NDArray[np.float64]

#: Machado, Oliveira and Fernandes (2009), severity 1.0; they act on linear RGB.
_MATRICES: Final = MappingProxyType(
    {
        "protanopia": (
            (0.152286, 1.052583, -0.204868),
            (0.114503, 0.786281, 0.099216),
            (-0.003882, -0.048116, 1.051998),
        ),
        "deuteranopia": (
            (0.367322, 0.860646, -0.227968),
            (0.280085, 0.672501, 0.047413),
            (-0.011820, 0.042940, 0.968881),
        ),
        "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    }
)

#: The two red-green blindnesses, which about one man in fifty has.
DEFICIENCIES: Final = ("deuteranopia", "protanopia")

# IEC 61966-2-1 (sRGB, white D65) to CIE XYZ.
_XYZ: Final = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def simulate_deficiency(colours: Sequence[str | tuple[float, float, float]], deficiency: str) -> _Floats:
    """Colours as somebody with a deficiency sees them.

    Parameters
    ----------
    colours : sequence of colour
        Whatever matplotlib takes for a colour.
    deficiency : {"deuteranopia", "protanopia", "normal"}

    Returns
    -------
    ndarray of shape (n_colours, 3)
        sRGB, from 0 to 1.

    Raises
    ------
    ParameterError
        No such deficiency.

    References
    ----------
    Machado, G.M., Oliveira, M.M., Fernandes, L.A.F. (2009). A physiologically-based model for simulation of color
    vision deficiency. *IEEE Transactions on Visualization and Computer Graphics* 15(6), 1291-1298.

    Examples
    --------
    >>> simulate_deficiency(["white"], "deuteranopia").round(3).tolist()
    [[1.0, 1.0, 1.0]]
    """
    linear = _linear_seen(colours, deficiency)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _linear_seen(colours: Sequence[str | tuple[float, float, float]], deficiency: str) -> _Floats:
    require_choice(deficiency, _MATRICES, name="deficiency")
    channels = np.array([to_rgb(colour) for colour in colours], dtype=np.float64).reshape(-1, 3)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    seen: _Floats = np.clip(linear @ np.array(_MATRICES[deficiency]).T, 0.0, 1.0)
    return seen


def colour_differences(colours: Sequence[str | tuple[float, float, float]], *, deficiency: str = "normal") -> _Floats:
    """Difference of every two colours in CIE 1976 Lab, as somebody sees them.

    Parameters
    ----------
    colours : sequence of colour
    deficiency : {"normal", "deuteranopia", "protanopia"}

    Returns
    -------
    ndarray of shape (n_colours, n_colours)
        Symmetric, zero on the diagonal. About 2.3 is the least that can be seen side by side.

    Raises
    ------
    ParameterError
        No such deficiency.

    References
    ----------
    CIE 15:2004, *Colorimetry*. Mahy, M., Van Eycken, L., Oosterlinck, A. (1994). Evaluation of uniform color spaces.
    *Color Research and Application* 19(2), 105-121.

    Examples
    --------
    >>> float(colour_differences(["white", "black"]).max().round(1))
    100.0
    """
    scaled = _linear_seen(colours, deficiency) @ _XYZ.T / (_XYZ @ np.ones(3))
    warped = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    x, y, z = warped.T
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
    apart: _Floats = np.sqrt(((lab[:, None, :] - lab[None, :, :]) ** 2).sum(axis=-1))
    return apart
