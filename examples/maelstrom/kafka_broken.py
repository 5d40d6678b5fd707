#!/usr/bin/env python3
"""Logs whose offsets each node gives by itself; what it appends it tells the others, which may have given that offset, too."""
from node import Node

node, logs, committed = Node(), {}, {}


@node.on("send")
def send(message):
    key, log = message["body"]["key"], logs.setdefault(message["body"]["key"], {})
    offset = max(log, default=-1) + 1
    log[offset] = message["body"]["msg"]
    for other in node.nodes:
        if other != node.id:
            node.send(other, {"type": "copy", "key": key, "offset": offset, "msg": log[offset]})
    return {"type": "send_ok", "offset": offset}


@node.on("copy")
def copy(message):
    body = message["body"]
    logs.setdefault(body["key"], {})[body["offset"]] = body["msg"]


@node.on("poll")
def poll(message):
    asked = message["body"]["offsets"].items()
    return {"type": "poll_ok", "msgs": {key: sorted([at, text] for at, text in logs.get(key, {}).items() if at >= first)
                                        for key, first in asked}}


@node.on("commit_offsets")
def commit(message):
    committed.update(message["body"]["offsets"])
    return {"type": "commit_offsets_ok"}


@node.on("list_committed_offsets")
def list_committed(message):
    keys = message["body"]["keys"]
    return {"type": "list_committed_offsets_ok", "offsets": {key: committed[key] for key in keys if key in committed}}


node.run()
