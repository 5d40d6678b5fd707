"""A client of memcached for Assay (docs/protocol.md): each key lives on one node, chosen by its number."""
import json, socket, sys

servers, streams = [], {}


class Refused(Exception):
    """Nothing was sent, so nothing happened."""


def talk(key, command):
    """Sends a command and gives the lines of its answer: one, or three when there is a value."""
    address = servers[key % len(servers)]
    try:
        if address not in streams:
            streams[address] = socket.create_connection(address, timeout=1).makefile("rwb")
    except OSError as error:
        raise Refused(f"no connection: {error}")
    try:
        streams[address].write(command.encode() + b"\r\n")
        streams[address].flush()
        lines = [streams[address].readline().decode().split()]
        while lines[0][:1] == ["VALUE"] and len(lines) < 3:
            lines.append(streams[address].readline().decode().split())
        if not lines[0] or not lines[-1]:
            raise OSError("connection closed")
        return lines
    except OSError:
        del streams[address]
        raise


def do(op, key, expected=None, desired=None, value=None):
    if op == "write":
        answer = talk(key, f"set k{key} 0 0 {len(str(value))}\r\n{value}")[0]
        return {"outcome": "ok"} if answer == ["STORED"] else {"outcome": "info", "error": str(answer)}
    found = talk(key, f"gets k{key}")
    now = int(found[1][0]) if len(found) == 3 else None
    if op == "read":
        return {"outcome": "ok", "result": now}
    if now != expected or now is None:
        return {"outcome": "fail", "error": "another value"}
    answer = talk(key, f"cas k{key} 0 0 {len(str(desired))} {found[0][4]}\r\n{desired}")[0]
    return {"outcome": "ok"} if answer == ["STORED"] else {"outcome": "fail", "error": str(answer)}


for line in sys.stdin:
    request = json.loads(line)
    id = request.pop("id", None)
    if request.get("type") == "hello":
        servers = [(address, request["port"]) for _, address in sorted(request["nodes"].items())]
        answer = {"type": "hello", "protocol": 1, "operations": ["read", "write", "cas"]}
    elif request["op"] not in ("read", "write", "cas"):
        answer = {"id": id, "outcome": "fail", "error": "no such operation"}
    else:
        try:
            answer = {"id": id} | do(**request)
        except (OSError, Refused) as error:  # what was sent may have been done, or not
            answer = {"id": id, "outcome": "fail" if isinstance(error, Refused) else "info", "error": str(error)}
    print(json.dumps(answer), flush=True)
