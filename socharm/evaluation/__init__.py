"""How well rankings and interventions do, by data they have not seen."""
