"""Maps and figures: they draw what was already computed."""
