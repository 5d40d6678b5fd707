#!/usr/bin/env python3
"""Logs and committed offsets that the first node keeps; the others ask it."""
from node import Node

node, logs, committed = Node(), {}, {}


def do(body):
    kind = body["type"]
    if kind == "send":
        log = logs.setdefault(body["key"], [])
        log.append([len(log), body["msg"]])
        return {"type": "send_ok", "offset": log[-1][0]}
    if kind == "poll":
        return {"type": "poll_ok", "msgs": {key: logs.get(key, [])[at:at + 10] for key, at in body["offsets"].items()}}
    if kind == "commit_offsets":
        for key, offset in body["offsets"].items():
            committed[key] = max(offset, committed.get(key, 0))
        return {"type": "commit_offsets_ok"}
    return {"type": "list_committed_offsets_ok",
            "offsets": {key: committed[key] for key in body["keys"] if key in committed}}


def request(message):
    body = {name: value for name, value in message["body"].items() if name != "msg_id"}
    if node.id == node.nodes[0]:
        return do(body)
    node.ask(node.nodes[0], body, lambda answer: node.reply(message, answer))


for kind in ("send", "poll", "commit_offsets", "list_committed_offsets"):
    node.on(kind)(request)
node.run()
