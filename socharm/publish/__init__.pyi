from .attack import (
    Attack as Attack,
)
from .attack import (
    Statement as Statement,
)
from .attack import (
    attack_cells as attack_cells,
)
from .attack import (
    exact_statements as exact_statements,
)
from .attack import (
    released_statements as released_statements,
)
from .cell_keys import (
    perturb_counts as perturb_counts,
)
from .disclosure import (
    PublishedTables as PublishedTables,
)
from .disclosure import (
    band_counts as band_counts,
)
from .disclosure import (
    protect_tables as protect_tables,
)
from .disclosure_settings import (
    DisclosureSettings as DisclosureSettings,
)
from .law import (
    NoiseSettings as NoiseSettings,
)
from .marking import (
    MarkingChange as MarkingChange,
)
from .marking import (
    handling_instructions as handling_instructions,
)
from .marking import (
    handling_rules as handling_rules,
)
from .marking import (
    lower_marking as lower_marking,
)
from .marking import (
    require_marking as require_marking,
)
from .register import (
    register_release as register_release,
)
from .release_check import (
    ReleaseCheck as ReleaseCheck,
)
from .release_check import (
    check_release as check_release,
)
from .released import (
    Release as Release,
)
from .released import (
    list_releases as list_releases,
)
from .released import (
    read_release as read_release,
)
from .released import (
    verify_release as verify_release,
)
from .rounding import (
    RoundedCounts as RoundedCounts,
)
from .rounding import (
    round_small_counts as round_small_counts,
)
from .secret import (
    secret_fingerprint as secret_fingerprint,
)
from .secret import (
    store_secret as store_secret,
)
from .statement import (
    MethodStatement as MethodStatement,
)
from .statement import (
    method_statement as method_statement,
)
from .suppression import (
    SuppressedCounts as SuppressedCounts,
)
from .suppression import (
    suppress_small_counts as suppress_small_counts,
)
from .transparency import (
    TransparencyRecord as TransparencyRecord,
)
from .transparency import (
    transparency_record as transparency_record,
)
