"""What may leave, and in what form.

- Markings: `require_marking`, `lower_marking`, `MarkingChange`, `handling_rules`, `handling_instructions`
- The published form of an assessment: `protect_tables`, `PublishedTables`, `DisclosureSettings`, `perturb_counts`,
  `NoiseSettings`, `store_secret`, `secret_fingerprint`
- Single tables: `round_small_counts`, `RoundedCounts`, `suppress_small_counts`, `SuppressedCounts`, `band_counts`
- Releases: `register_release`, `list_releases`, `read_release`, `verify_release`, `Release`
- Attacks on what was protected: `check_release`, `ReleaseCheck`, `attack_cells`, `Attack`, `exact_statements`,
  `released_statements`, `Statement`
- Statements: `method_statement`, `MethodStatement`, `transparency_record`, `TransparencyRecord`
"""

from socharm._packages import attach_names

__getattr__, __dir__, __all__ = attach_names(__name__, __file__)
