#!/usr/bin/env python3
"""Tells its neighbours what it learns, once: what is lost on the way is lost for ever."""
from node import Node

node, known, neighbours = Node(), set(), []


def learn(message, source=None):
    if message in known:
        return
    known.add(message)
    for neighbour in neighbours:
        if neighbour != source:
            node.send(neighbour, {"type": "gossip", "message": message})


@node.on("topology")
def topology(message):
    neighbours.extend(message["body"]["topology"][node.id])
    return {"type": "topology_ok"}


@node.on("broadcast")
def broadcast(message):
    learn(message["body"]["message"])
    return {"type": "broadcast_ok"}


@node.on("read")
def read(message):
    return {"type": "read_ok", "messages": sorted(known)}


@node.on("gossip")
def gossip(message):
    learn(message["body"]["message"], message["src"])


node.run()
