from . import (
    apart as apart,
    calling as calling,
    checking as checking,
    client as client,
    command as command,
    difference as difference,
    doctor as doctor,
    drawing as drawing,
    exercise as exercise,
    limits as limits,
    listing as listing,
    material as material,
    notebook as notebook,
    packing as packing,
    progress as progress,
    roster as roster,
    source as source,
    submission as submission,
    trial as trial,
    verdict as verdict,
)
from .checking import check as check, hint as hint
from .drawing import draw as draw
from .listing import facts as facts, listed as listed
