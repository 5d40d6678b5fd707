#!/usr/bin/env python3
"""Ids that each node counts for itself: two nodes count alike."""
import itertools

from node import Node

node, ids = Node(), itertools.count()


@node.on("generate")
def generate(message):
    return {"type": "generate_ok", "id": next(ids)}


node.run()
