"""The washer: begins the pipeline, and is slowed to the pace of the dryers behind it."""

from sluice import stage

DISHES = ["salad", "bread", "entree", "dessert"]


def wash():
    for dish in DISHES * 5:
        print("washing", dish)
        yield dish


stage(wash)
