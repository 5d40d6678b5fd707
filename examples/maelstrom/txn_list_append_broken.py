#!/usr/bin/env python3
"""Transactions on lists in the service lin-kv, written without looking whether somebody else wrote meanwhile: appends are lost."""
from node import Node

node, ROOT = Node(), "lists"


@node.on("txn")
def txn(message):
    def take(answer):
        lists, done = answer.get("value", {}), []
        for kind, key, value in message["body"]["txn"]:
            if kind == "append":
                lists[str(key)] = lists.get(str(key), []) + [value]
            done.append([kind, key, list(lists.get(str(key), [])) or None if kind == "r" else value])
        node.ask("lin-kv", {"type": "write", "key": ROOT, "value": lists},
                 lambda _: node.reply(message, {"type": "txn_ok", "txn": done}))

    node.ask("lin-kv", {"type": "read", "key": ROOT}, take)


node.run()
