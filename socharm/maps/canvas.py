"""The canvas that pictures are saved from: words measured when the page was laid out are not measured again."""

from __future__ import annotations

from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg

from socharm.maps.style import measuring_renderer

__all__ = ["BACKEND", "FigureCanvas"]


class FigureCanvas(FigureCanvasAgg):
    """Matplotlib's own canvas, whose renderer asks the one that measured for the sizes of words."""

    def get_renderer(self) -> RendererAgg:
        """The renderer to draw with.

        Returns
        -------
        RendererAgg
        """
        drawing: RendererAgg = super().get_renderer()  # type: ignore[no-untyped-call]
        measuring = measuring_renderer(self.figure.dpi)
        drawing.get_text_width_height_descent = measuring.get_text_width_height_descent  # type: ignore[method-assign]
        return drawing


#: As `Figure.savefig` is told of it: it takes the class of this name from the module.
BACKEND: Final = f"module://{FigureCanvas.__module__}"
