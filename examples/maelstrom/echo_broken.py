#!/usr/bin/env python3
"""Says what it was told the time before: one request late."""
from node import Node

node, before = Node(), [None]


@node.on("echo")
def echo(message):
    before.append(message["body"]["echo"])
    return {"type": "echo_ok", "echo": before[-2]}


node.run()
