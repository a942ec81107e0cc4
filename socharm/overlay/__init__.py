"""Where harm and deprivation meet."""
