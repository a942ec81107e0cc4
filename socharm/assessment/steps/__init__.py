"""The parts of an assessment, one file each: settings, needs, how it runs, tables, pictures and sentences."""
