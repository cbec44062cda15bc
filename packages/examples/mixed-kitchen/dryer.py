"""A dryer: slow, and there are three of them. Three lines make the function a stage: the import, the function, the call."""

import os
import time

from sluice import stage

NAME = f"dryer {int(os.environ['SLUICE_REPLICA']) + 1}"


def dry(dish):
    time.sleep(0.02)
    print(f"dried {dish['kind']} {dish['number']}")
    return {**dish, "driedBy": NAME}


stage(dry)
