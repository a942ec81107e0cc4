"""The assessment: recipe, run, manifest, summary."""
