"""Files and the snapshot store: atomic writes, hashes, parquet, GeoPackage, workbook."""
