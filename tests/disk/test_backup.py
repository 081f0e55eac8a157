#!/usr/bin/env python3
"""A copy made while documents arrive is whole; a service put up on it balances, and reads the rest when that is handed in again.

  test_backup.py BIN"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402


def documents(folder, count):
    os.makedirs(folder)
    files = []
    for at in range(count):
        files.append(os.path.join(folder, f'paper-{at}.txt'))
        with open(files[-1], 'w', encoding='utf8') as out:
            out.write(f'Report {at} on wells\n\n' + '\n\n'.join(
                f'{n}. The Board urges all States to report on {n * 7 + at} wells by {1 + n % 28} May 2019.' for n in range(1, 60)) + '\n')
    return files


def copies_while_it_runs(pipeline, files, folder):
    """Copies, one after the other, while the documents are handed in; with those that were taken before each was begun."""
    submission, copies = pipeline.submit_later(*files), []
    while submission.poll() is None or len(copies) < 3:
        out = os.path.join(folder, f'copy-{len(copies)}')
        pipeline.rapporteur('backup', '--data', pipeline.folder, out)
        copies.append(out)
        if len(copies) > 50:
            break
    assert submission.wait() == 0
    return copies


def restored(binaries, copy, folder, files, want):
    """A service on a copy of the copy: balanced as it is, and the same as the other when all was handed in."""
    assert sorted(os.listdir(copy)) == ['journal.db', 'journal.db-sums', 'rapporteur.db', 'rapporteur.db-sums'], os.listdir(copy)
    shutil.copytree(copy, folder)
    fsck = subprocess.run([os.path.join(binaries, 'rapporteur'), 'fsck', '--data', folder], capture_output=True, text=True, check=False)
    assert fsck.returncode == 0 and 'sound' in fsck.stdout, fsck.stdout
    pipeline = harness.Pipeline(binaries, folder)
    report, code = pipeline.audit()
    assert code == 0 and report['lost'] == 0, report
    had = report['taken']
    pipeline.start_all()
    pipeline.submit(*files)
    pipeline.wait_complete(len(files))
    report, code = pipeline.wait_balanced()
    pipeline.stop_all()
    assert code == 0 and report['taken'] == len(files), report
    got = harness.findings(pipeline.db)
    for table in want:
        assert got[table] == want[table], (table, sorted(set(want[table]) ^ set(got[table]))[:3])
    return had


def refuses(pipeline, copy, folder):
    """Writes over nothing; copies nothing that is damaged."""
    again = pipeline.rapporteur('backup', '--data', pipeline.folder, copy, check=False)
    assert again.returncode == 1 and 'there already' in again.stderr, again.stderr
    with open(pipeline.journal, 'r+b') as file:
        file.seek(20000)
        byte = file.read(1)
        file.seek(20000)
        file.write(bytes([byte[0] ^ 8]))
    out = os.path.join(folder, 'damaged')
    damaged = pipeline.rapporteur('backup', '--data', pipeline.folder, out, check=False)
    assert damaged.returncode == 1 and 'journal.db' in damaged.stderr, damaged.stderr
    assert not os.path.exists(out) and not os.path.exists(out + '.partial')


def main():
    binaries = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix='rap-backup.') as folder:
        files = documents(os.path.join(folder, 'given'), 120)
        pipeline = harness.Pipeline(binaries, os.path.join(folder, 'service')).start_all()
        copies = copies_while_it_runs(pipeline, files, folder)
        pipeline.wait_complete(len(files))
        pipeline.stop_all()
        want = harness.findings(pipeline.db)
        had = [restored(binaries, copies[at], os.path.join(folder, f'restored-{at}'), files, want) for at in {0, len(copies) // 2, len(copies) - 1}]
        print(f'{len(copies)} copies while {len(files)} documents arrived; restored with {had} of them')
        refuses(pipeline, copies[0], folder)


main()
