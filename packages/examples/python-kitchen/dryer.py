"""A dryer: takes its time, as long as each kind of dish needs."""

import time

from sluice import stage

SECONDS = {"salad": 0.01, "bread": 0.005, "entree": 0.03, "dessert": 0.02}


def dry(dish):
    time.sleep(SECONDS[dish])
    print("dried", dish)
    return dish


stage(dry)
