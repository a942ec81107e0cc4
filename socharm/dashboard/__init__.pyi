from .write import (
    write_dashboard as write_dashboard,
)
