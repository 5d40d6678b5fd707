#!/usr/bin/env python3
"""Registers that every node keeps for itself; it tells the others what it wrote, and does not wait for them."""
from node import Node

node, registers = Node(), {}


def write(key, value):
    registers[key] = value
    for other in node.nodes:
        if other != node.id:
            node.send(other, {"type": "copy", "key": key, "value": value})


@node.on("copy")
def copy(message):
    registers[message["body"]["key"]] = message["body"]["value"]


@node.on("write")
def take_write(message):
    write(message["body"]["key"], message["body"]["value"])
    return {"type": "write_ok"}


@node.on("read")
def read(message):
    key = message["body"]["key"]
    if key not in registers:
        return node.error(20, "no such key")
    return {"type": "read_ok", "value": registers[key]}


@node.on("cas")
def cas(message):
    body = message["body"]
    if registers.get(body["key"]) != body["from"]:
        return node.error(22, "another value")
    write(body["key"], body["to"])
    return {"type": "cas_ok"}


node.run()
