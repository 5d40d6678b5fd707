#!/usr/bin/env python3
"""A counter (g-counter, pn-counter) in the service lin-kv: each node keeps its own part of the sum there."""
from node import Node

node, unwritten, mine = Node(), [], {"sum": 0, "writing": False}


# One write at a time: of two that are under way, the later one may arrive first.
def write():
    written = unwritten[:]
    unwritten.clear()
    mine["sum"] += sum(message["body"]["delta"] for message in written)
    mine["writing"] = True

    def done(_):
        for message in written:
            node.reply(message, {"type": "add_ok"})
        mine["writing"] = False
        if unwritten:
            write()

    node.ask("lin-kv", {"type": "write", "key": node.id, "value": mine["sum"]}, done)


@node.on("add")
def add(message):
    unwritten.append(message)
    if not mine["writing"]:
        write()


@node.on("read")
def read(message):
    parts = {}

    def take(part, answer):
        parts[part] = answer.get("value", 0)
        if len(parts) == len(node.nodes):
            node.reply(message, {"type": "read_ok", "value": sum(parts.values())})

    for part in node.nodes:
        node.ask("lin-kv", {"type": "read", "key": part}, lambda answer, part=part: take(part, answer))


node.run()
