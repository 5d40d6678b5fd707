#!/usr/bin/env python3
"""A set whose nodes take what others tell them instead of what they have, not beside it."""
from node import Node

node, elements = Node(), set()


@node.on("add")
def add(message):
    elements.add(message["body"]["element"])
    return {"type": "add_ok"}


@node.on("read")
def read(message):
    return {"type": "read_ok", "value": sorted(elements)}


@node.on("merge")
def merge(message):
    elements.clear()
    elements.update(message["body"]["elements"])


def tell():
    for other in node.nodes:
        if other != node.id:
            node.send(other, {"type": "merge", "elements": sorted(elements)})


node.every(0.05, tell)
node.run()
