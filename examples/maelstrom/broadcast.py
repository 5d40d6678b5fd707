#!/usr/bin/env python3
"""Tells its neighbours what it knows, again and again until they have said that they know it."""
from node import Node

node, known, neighbours = Node(), set(), {}


def learn(messages, source=None):
    for message in set(messages) - known:
        known.add(message)
        for neighbour, untold in neighbours.items():
            if neighbour != source:
                untold.add(message)


@node.on("topology")
def topology(message):
    for neighbour in message["body"]["topology"][node.id]:
        neighbours[neighbour] = set(known)
    return {"type": "topology_ok"}


@node.on("broadcast")
def broadcast(message):
    learn([message["body"]["message"]])
    return {"type": "broadcast_ok"}


@node.on("read")
def read(message):
    return {"type": "read_ok", "messages": sorted(known)}


@node.on("gossip")
def gossip(message):
    learn(message["body"]["messages"], message["src"])
    return {"type": "gossip_ok"}


def tell():
    for neighbour, untold in neighbours.items():
        if untold:
            told = sorted(untold)
            node.ask(neighbour, {"type": "gossip", "messages": told},
                     lambda _, untold=untold, told=told: untold.difference_update(told))


node.every(0.05, tell)
node.run()
