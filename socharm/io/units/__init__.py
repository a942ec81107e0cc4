"""Units below the ward: cells of a grid and street segments, as areas on which everything else runs."""
