from .attack import (
    Attack as Attack,
)
from .attack import (
    ReleaseCheck as ReleaseCheck,
)
from .attack import (
    Statement as Statement,
)
from .attack import (
    attack_cells as attack_cells,
)
from .attack import (
    check_release as check_release,
)
from .attack import (
    exact_statements as exact_statements,
)
from .attack import (
    released_statements as released_statements,
)
from .cell_keys import (
    NoiseSettings as NoiseSettings,
)
from .cell_keys import (
    perturb_counts as perturb_counts,
)
from .disclosure import (
    DisclosureSettings as DisclosureSettings,
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
    Release as Release,
)
from .register import (
    list_releases as list_releases,
)
from .register import (
    read_release as read_release,
)
from .register import (
    register_release as register_release,
)
from .register import (
    secret_fingerprint as secret_fingerprint,
)
from .register import (
    store_secret as store_secret,
)
from .register import (
    verify_release as verify_release,
)
from .statement import (
    MethodStatement as MethodStatement,
)
from .statement import (
    method_statement as method_statement,
)
from .suppression import (
    RoundedCounts as RoundedCounts,
)
from .suppression import (
    SuppressedCounts as SuppressedCounts,
)
from .suppression import (
    round_small_counts as round_small_counts,
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
