#!/usr/bin/env python3
"""The questions of README.md, asked as they stand there of a database of samples/: each has an answer.

  test_readme.py BIN"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402


def main():
    with open(os.path.join(harness.ROOT, 'README.md'), encoding='utf8') as readme:
        questions = re.findall(r'```sql\n(.*?)```', readme.read(), re.S)
    assert len(questions) >= 5, 'README.md asks nothing any more'
    with tempfile.TemporaryDirectory(prefix='rap-readme.') as folder:
        path = os.path.join(folder, 'samples.db')
        subprocess.run([os.path.join(sys.argv[1], 'rapporteur'), 'run', '--db', path, harness.SAMPLES], check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, 'RAPPORTEUR_RULES': harness.RULES})
        with sqlite3.connect(f'file:{path}?mode=ro', uri=True) as db:
            for question in questions:
                rows = db.execute(question).fetchall()
                print(f'{len(rows)} rows: {question.splitlines()[0]}')
                assert rows, question


main()
