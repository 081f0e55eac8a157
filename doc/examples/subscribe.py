#!/usr/bin/env python3
"""subscribe ADDRESS [TOPIC...]: prints what the sink publishes, one JSON object a line. doc/feed.md tells of topics.

    subscribe.py ipc:///srv/rapporteur/run/feed.ipc document finding.clause
"""
import json
import sys

import msgpack
import zmq

EVENT = 19  # doc/protocol.md: [type, {1: kind, 2: document_id, 3: report}]


def main():
    socket = zmq.Context.instance().socket(zmq.SUB)
    for topic in sys.argv[2:] or ['']:
        socket.subscribe(topic)
    socket.connect(sys.argv[1])
    while True:
        topic, frame = socket.recv_multipart()
        kind, body = msgpack.unpackb(frame, strict_map_key=False)[:2]
        if kind != EVENT:
            continue  # of a newer sink
        print(json.dumps({'topic': topic.decode(), 'document_id': body[2], 'report': json.loads(body[3])}, ensure_ascii=False), flush=True)


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        pass
