#!/usr/bin/env python3
"""Transactions on lists: all of them are one value of the service lin-kv, which is changed if nobody else changed it meanwhile."""
from node import Node

node, ROOT = Node(), "lists"


def apply(txn, lists):
    done, changed = [], dict(lists)
    for kind, key, value in txn:
        if kind == "append":
            changed[str(key)] = changed.get(str(key), []) + [value]
        done.append([kind, key, changed.get(str(key)) if kind == "r" else value])
    return done, changed


@node.on("txn")
def txn(message):
    def take(answer):
        if answer["type"] == "error" and answer["code"] != 20:
            return node.reply(message, answer)
        lists = answer.get("value", {})
        done, changed = apply(message["body"]["txn"], lists)
        if changed == lists:
            return node.reply(message, {"type": "txn_ok", "txn": done})

        def said(answer):
            if answer["type"] == "cas_ok":
                return node.reply(message, {"type": "txn_ok", "txn": done})
            other = answer["code"] in (20, 22)
            node.reply(message, node.error(30, "somebody else was faster") if other else answer)

        node.ask("lin-kv", {"type": "cas", "key": ROOT, "from": lists, "to": changed,
                            "create_if_not_exists": True}, said)

    node.ask("lin-kv", {"type": "read", "key": ROOT}, take)


node.run()
