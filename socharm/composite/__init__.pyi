from .audit import (
    remove_one_element as remove_one_element,
)
from .audit import (
    strengths_and_weaknesses as strengths_and_weaknesses,
)
from .index import (
    composite_index as composite_index,
)
from .lint import (
    lint_indicators as lint_indicators,
)
from .recipe import (
    CompositeRecipe as CompositeRecipe,
)
from .record import (
    CompositeIndex as CompositeIndex,
)
from .specs import (
    DomainSpec as DomainSpec,
)
from .specs import (
    Elicitation as Elicitation,
)
from .specs import (
    IndicatorSpec as IndicatorSpec,
)
from .steps import (
    AggregateStep as AggregateStep,
)
from .steps import (
    DenominateStep as DenominateStep,
)
from .steps import (
    ImputeStep as ImputeStep,
)
from .steps import (
    NormaliseStep as NormaliseStep,
)
from .steps import (
    ScreenStep as ScreenStep,
)
from .steps import (
    TreatStep as TreatStep,
)
from .steps import (
    WeighStep as WeighStep,
)
from .text import (
    dump_composite_recipe as dump_composite_recipe,
)
from .text import (
    load_composite_recipe as load_composite_recipe,
)
