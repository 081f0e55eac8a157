"""feed: what the benchmarks of whole pipelines share: documents under ever new symbols, and what each process used."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'tests'))
import harness  # noqa: E402  (found by the line above)


def files_of(paths):
    """The documents (*.txt) of folders, and what is a file."""
    for path in paths:
        if os.path.isdir(path):
            yield from (os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith('.txt'))
        else:
            yield path


def renumbered(text, turn):
    """The same document under other symbols: 'A/RES/74/177' becomes 'A/RES/374/177' in the third round."""
    if not turn:
        return text
    other, changes = re.subn(rb'(\b[A-Z]+(?:/[A-Z][A-Za-z.]*)*/)(\d)', lambda m: m[1] + str(turn).encode() + m[2], text)
    if not changes:
        raise SystemExit('documents are needed that state a symbol')
    return other


def write_round(files, folder, turn, change=renumbered):
    """The documents once more, for the `turn`th time; the names of the copies, and their bytes."""
    os.makedirs(folder, exist_ok=True)
    names = []
    for path in files:
        with open(path, 'rb') as source:
            text = source.read()
        names.append(os.path.join(folder, f'{turn:05d}_{os.path.basename(path)}'))
        with open(names[-1], 'wb') as copy:
            copy.write(change(text, turn))
    return names, sum(map(os.path.getsize, names))


def tree(name, pid):
    """The process and those under it: 'worker', 'worker.1', ...; readers are under the warden, 'ingest.1'."""
    yield name, harness.usage_of(pid)
    for index, child in enumerate(harness.children_of(pid), 1):
        yield from tree(f'{name}.{index}', child)


def processes(pipeline):
    return {name: use for kind, process in sorted(pipeline.running.items()) for name, use in tree(kind, process.pid)}


def since(before, now):
    """CPU of each process between the two, its peak of memory at the end."""
    return {name: {'cpu_s': use['cpu_s'] - before.get(name, {'cpu_s': 0})['cpu_s'], 'peak_mib': use['peak_mib']}
            for name, use in now.items()}
