#!/usr/bin/env python3
"""Who repairs, or switches over to what was replayed, is killed before each of its moves: no daemon starts on what is half there as if
nothing were, the same again goes on, and all that was there is. What is not ours is not repaired away.

  test_stopped.py BIN STOP_AT [EACH]    EACH: before each so manieth of its moves; 4 if it is not said"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

BINARIES, STOP_AT = sys.argv[1:3]
EACH = int((sys.argv + ['4'])[3])


def rapporteur(*arguments, stop=0, expect=None):
    environment = dict(os.environ)
    if stop:
        environment |= {'LD_PRELOAD': STOP_AT, 'RAPPORTEUR_STOP_AT': str(stop),
                        'ASAN_OPTIONS': 'verify_asan_link_order=0:' + environment.get('ASAN_OPTIONS', '')}
    done = subprocess.run([os.path.join(BINARIES, 'rapporteur'), *arguments], capture_output=True, text=True, check=False, env=environment)
    assert expect is None or done.returncode == expect, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def flip(path, at):
    with open(path, 'r+b') as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 16]))


def killed_at_each(place, prepare, arguments, check):
    """`prepare` makes the place; the command is killed before its first move, a later one, ... until it has no more."""
    for stop in range(1, 40, EACH):
        prepare()
        done = rapporteur(*arguments, stop=stop)
        if done.returncode != -9:
            assert done.returncode == 0 and stop > 3, (stop, done.returncode, done.stdout, done.stderr)
            shutil.rmtree(place)
            return stop - 1
        check(stop)
        shutil.rmtree(place)
    raise AssertionError('it moves without end')


def refused(db, words):
    """No daemon makes a new, empty database there."""
    done = rapporteur('run', '--db', db, harness.sample_files()[0])
    assert done.returncode == 1 and any(word in done.stderr for word in words), done
    done = rapporteur('audit', '--mend', '--db', db)
    assert done.returncode == 1 or os.path.exists(db), done


def repairs(folder, base):
    place = os.path.join(folder, 'place')
    db = os.path.join(place, 'x.db')
    want, halves = harness.findings(os.path.join(base, 'x.db')), []

    def prepare():
        shutil.copytree(base, place)
        with open(db, 'rb') as file:  # of the text of a paragraph
            at = file.read().rindex(b'Secretary') + 3
        flip(db, at)

    def check(stop):
        if os.path.exists(db + '.repaired'):
            halves.append(stop)
            refused(db, ('fsck --repair', 'is gone'))
        rapporteur('fsck', '--db', db, '--repair', expect=0)
        rapporteur('audit', '--db', db, expect=0)
        assert not glob.glob(db + '.repair*'), os.listdir(place)
        assert harness.findings(db) == want, stop

    moves = killed_at_each(place, prepare, ('fsck', '--db', db, '--repair'), check)
    assert halves
    print(f'repair killed before moves 1 to {moves}; before {halves} it was half done')


def adopts(folder, base):
    """The rules are the same, but that one table lacks its last line: what is adopted is another database."""
    place, made = os.path.join(folder, 'place'), os.path.join(folder, 'replayed')
    rules = os.path.join(folder, 'rules')
    shutil.copytree(harness.RULES, rules)
    with open(os.path.join(rules, 'countries.tsv'), encoding='utf8') as file:
        lines = [line for line in file if 'Kenya' not in line]
    with open(os.path.join(rules, 'countries.tsv'), 'w', encoding='utf8') as file:
        file.writelines(lines)
    shutil.copytree(base, made)
    rapporteur('replay', '--db', os.path.join(made, 'x.db'), '--pipeline', rules, expect=0)
    want = harness.findings(os.path.join(made, 'x.db.replay'))
    kept = harness.findings(os.path.join(made, 'x.db'))
    assert want != kept
    db = os.path.join(place, 'x.db')

    def check(stop):
        if not os.path.exists(db):
            refused(db, ('replay --adopt', 'is gone'))
        rapporteur('replay', '--adopt', '--db', db, expect=0)
        assert harness.findings(db) == want and harness.findings(db + '.before-replay') == kept, stop
        rapporteur('audit', '--db', db, expect=0)

    moves = killed_at_each(place, lambda: shutil.copytree(made, place), ('replay', '--adopt', '--db', db), check)
    print(f'adoption killed before moves 1 to {moves}')


def leaves_alone(folder):
    """A slip of the pen: another's file, another's folder."""
    path, content = os.path.join(folder, 'notes.txt'), b'Dear all,\n' * 900
    with open(path, 'wb') as file:
        file.write(content)
    done = rapporteur('fsck', '--db', path, '--repair', expect=1)
    assert 'nothing of ours' in done.stderr and open(path, 'rb').read() == content, done
    empty = os.path.join(folder, 'nothing')
    os.mkdir(empty)
    done = rapporteur('fsck', '--data', empty, '--repair')
    assert done.returncode == 1 and 'nothing of ours' in done.stderr and not os.listdir(empty), (done, os.listdir(empty))


def main():
    with tempfile.TemporaryDirectory(prefix='rap-stopped.') as folder:
        base = os.path.join(folder, 'base')
        os.mkdir(base)
        rapporteur('run', '--db', os.path.join(base, 'x.db'), *harness.sample_files()[:3], expect=0)
        leaves_alone(folder)
        repairs(folder, base)
        adopts(folder, base)


if __name__ == '__main__':
    main()
