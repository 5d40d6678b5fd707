#!/usr/bin/env python3
"""Registers that the first node keeps; the others ask it."""
from node import Node

node, registers = Node(), {}


def do(body):
    key = body["key"]
    if body["type"] == "write":
        registers[key] = body["value"]
        return {"type": "write_ok"}
    if key not in registers:
        return node.error(20, "no such key")
    if body["type"] == "read":
        return {"type": "read_ok", "value": registers[key]}
    if registers[key] != body["from"]:
        return node.error(22, f"it is {registers[key]}")
    registers[key] = body["to"]
    return {"type": "cas_ok"}


def request(message):
    body = {name: value for name, value in message["body"].items() if name != "msg_id"}
    if node.id == node.nodes[0]:
        return do(body)
    node.ask(node.nodes[0], body, lambda answer: node.reply(message, answer))


for kind in ("read", "write", "cas"):
    node.on(kind)(request)
node.run()
