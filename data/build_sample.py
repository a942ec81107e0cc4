"""Make the packaged sample again: ``python data/build_sample.py [folder]``.

Reads nothing: the force is drawn by `socharm.sample.synthetic.make_force` from the seed in
`socharm.sample.tables`. A test makes the tables again and compares them with the packaged ones.
"""

import sys
from pathlib import Path

from socharm.sample.synthetic import make_force
from socharm.sample.tables import SAMPLE_SEED, encode_force

PACKAGED = Path(__file__).resolve().parents[1] / "socharm" / "sample" / "packaged"


def build(folder: Path) -> int:
    """Write every table of the sample to `folder`; returns their size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in encode_force(make_force(SAMPLE_SEED)).items():
        table.to_parquet(folder / f"{name}.parquet", index=False, compression="zstd", compression_level=19)
    return sum(file.stat().st_size for file in folder.glob("*"))


if __name__ == "__main__":
    size = build(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGED)
    sys.stdout.write(f"{size / 1e6:.3f} MB\n")
