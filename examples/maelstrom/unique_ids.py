#!/usr/bin/env python3
"""Ids that nobody gave before, also after a crash: drawn at random."""
import uuid

from node import Node

node = Node()


@node.on("generate")
def generate(message):
    return {"type": "generate_ok", "id": str(uuid.uuid4())}


node.run()
