"""What every node of Maelstrom's protocol needs: messages on standard input and output (docs/maelstrom.md)."""
import json, os, select, sys, time


class Node:
    def __init__(self):
        self.id, self.nodes, self.last = None, [], 0
        self.handlers, self.waiting, self.timers = {}, {}, []

    def on(self, kind):
        """Decorator: the function answers messages of this type; what it returns, if anything, is the reply."""
        return lambda handler: self.handlers.setdefault(kind, handler)

    def every(self, seconds, action):
        self.timers.append([time.monotonic() + seconds, seconds, action])

    def send(self, to, body):
        print(json.dumps({"src": self.id, "dest": to, "body": body}), flush=True)

    def ask(self, to, body, then):
        """Sends a request; `then` sees the body of the reply, if one ever comes."""
        self.last += 1
        self.waiting[self.last] = then
        self.send(to, {**body, "msg_id": self.last})

    def reply(self, message, body):
        self.send(message["src"], {**body, "in_reply_to": message["body"]["msg_id"]})

    def error(self, code, text):
        return {"type": "error", "code": code, "text": text}

    def take(self, message):
        body = message["body"]
        if "in_reply_to" in body:
            then = self.waiting.pop(body["in_reply_to"], None)
            return then and then(body)
        if body["type"] == "init":
            self.id, self.nodes = body["node_id"], body["node_ids"]
            return self.reply(message, {"type": "init_ok"})
        answer = self.handlers[body["type"]](message)
        if answer:
            self.reply(message, answer)

    def run(self):
        unread = b""
        while True:
            wait = max(0, min((at for at, _, _ in self.timers), default=time.monotonic() + 60) - time.monotonic())
            if select.select([0], [], [], wait)[0]:
                bytes = os.read(0, 1 << 16)
                if not bytes:
                    return
                *lines, unread = (unread + bytes).split(b"\n")
                for line in lines:
                    self.take(json.loads(line))
            for timer in self.timers:
                if timer[0] <= time.monotonic() and self.id:
                    timer[0] = time.monotonic() + timer[1]
                    timer[2]()
