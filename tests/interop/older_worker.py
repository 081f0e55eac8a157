#!/usr/bin/env python3
"""The worker of worker.py as one of an earlier writer of the same protocol version: it leaves out what came later to messages,
documents, chunks and findings, and says what nobody knows any more. All of that must do (doc/protocol.md, section 7)."""
import sys

import msgpack
import worker

DOCUMENT_THEN, CHUNK_THEN = 19, 10  # values, before `distribution` and `emphasis`
CITATION_THEN = 5                   # kind, start, end, symbol, pinpoint
FORGOTTEN_KIND, FORGOTTEN_KEY = 99, 99


def as_then(finding):
    return finding[:CITATION_THEN] if finding[0] == worker.CITATION else finding


class OlderWorker(worker.Worker):
    def tell(self, kind, body):
        later = {worker.HELLO: (6,), worker.DONE: (4,), worker.HEARTBEAT: (3, 4)}.get(kind, ())
        kept = {key: value for key, value in body.items() if key not in later}
        super().tell(kind, {**kept, FORGOTTEN_KEY: ['what', {'was': 'once'}]})

    def frames(self, body):
        for frame in super().frames(body):
            kind, result = msgpack.unpackb(frame, strict_map_key=False)
            result[8] = result[8][:DOCUMENT_THEN]
            result[9] = [[chunk[:CHUNK_THEN], [[FORGOTTEN_KIND, 0, 0, 'x'], *map(as_then, findings)], spent]
                         for chunk, findings, spent in result[9]]
            del result[6], result[7]  # pipeline and dispatched_at
            yield msgpack.packb([kind, {**result, FORGOTTEN_KEY: 1}])


if __name__ == '__main__':
    worker.Worker = OlderWorker
    sys.exit(worker.main())
