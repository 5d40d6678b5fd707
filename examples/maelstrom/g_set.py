#!/usr/bin/env python3
"""A set that grows: every node tells all others everything that it has, again and again."""
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
    elements.update(message["body"]["elements"])


def tell():
    for other in node.nodes:
        if other != node.id:
            node.send(other, {"type": "merge", "elements": sorted(elements)})


node.every(0.05, tell)
node.run()
