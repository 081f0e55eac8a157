#!/usr/bin/env python3
"""What each step costs in instructions a chunk, as callgrind counts them, beside what baseline.txt says. Fails where one
costs a tenth more.

  test_speed.py [--renew] BIN"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..'))
import harness  # noqa: E402

BASELINE = os.path.join(HERE, 'baseline.txt')
MARGIN = 0.10

# The functions whose instructions, with all that they call, make a step.
FLOOR = {'reading': ['rap_document_take'], 'extraction': ['rap_extractors_run'], 'storing': ['rap_store_add'],
         'commit': ['rap_store_commit'], 'linking': ['rap_link_document']}
WIRE = {'encode': ['rap_message_pack', 'rap_pack_chunk', 'rap_pack_document', 'rap_result_add'],
        'decode': ['rap_message_read', 'rap_read_chunks', 'rap_read_entries'],
        'dispatch': ['rap_dispatch_load', 'rap_dispatch_plan', 'rap_dispatch_send', 'rap_dispatch_told', 'rap_dispatch_receipt']}


def inclusive(profile):
    """Instructions of each function with all that it called, from callgrind's file; recursion is none of ours."""
    names, cost, function = {}, {}, None
    with open(profile, encoding='utf8', errors='replace') as lines:
        for line in lines:
            if line.startswith(('fn=', 'cfn=')):
                number, _, name = line.split('=', 1)[1].strip().partition(' ')
                names.setdefault(number, name)
                function = number if line.startswith('fn=') else function
            elif line[:1].isdigit() or line[:1] in '+-*':  # of its own, or, after a line 'calls=', of what it called
                cost[function] = cost.get(function, 0) + int(line.split()[1])
    return {names[number]: value for number, value in cost.items()}


def measure(program, steps, arguments, folder):
    profile = os.path.join(folder, os.path.basename(program))
    said = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=' + profile, program, *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if said.returncode != 0:
        raise SystemExit(f'{program}: {said.returncode}\n{said.stderr[-2000:]}')
    chunks = int(re.search(r'chunks"?:? +(\d+)', said.stdout)[1])
    costs = inclusive(profile)
    missing = [name for names in steps.values() for name in names if name not in costs]
    if missing:
        raise SystemExit(f'{program} never calls {", ".join(missing)}: are these the functions still?')
    return {step: sum(costs[name] for name in names) / chunks for step, names in steps.items()}


def baseline():
    with open(BASELINE, encoding='utf8') as lines:
        rows = [line.split() for line in lines if line.strip() and not line.startswith('#')]
    return {step: int(cost) for step, cost in rows}


def renew(now):
    with open(BASELINE, encoding='utf8') as lines:
        comment = [line for line in lines if line.startswith('#')]
    with open(BASELINE, 'w', encoding='utf8') as out:
        out.writelines(comment)
        out.writelines(f'{step} {round(cost)}\n' for step, cost in now.items())


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != '--renew']
    binaries = arguments[0]
    if not shutil.which('valgrind'):
        print('speed: skipped: there is no valgrind')
        sys.exit(harness.SKIPPED)
    samples = sorted(glob.glob(os.path.join(harness.SAMPLES, '*.txt')))
    with tempfile.TemporaryDirectory(prefix='rap-speed.') as folder:
        rules = ['--rules', harness.RULES]
        now = measure(os.path.join(binaries, 'floor'), FLOOR, [*rules, '--db', os.path.join(folder, 'speed.db'), *samples], folder)
        now |= measure(os.path.join(binaries, 'bench_wire'), WIRE, [*rules, '--rounds', '1', *samples], folder)
    if '--renew' in sys.argv:
        renew(now)
    allowed, failed = baseline(), 0
    print(f'{"step":12} {"baseline":>10} {"now":>10}')
    for step, cost in now.items():
        change = cost / allowed[step] - 1
        word = 'FAILED' if change > MARGIN else 'less: renew baseline.txt' if change < -MARGIN else ''
        failed += change > MARGIN
        print(f'{step:12} {allowed[step]:10} {cost:10.0f} {change:+7.1%} {word}')
    if set(allowed) != set(now):
        raise SystemExit('baseline.txt has other steps than the test')
    sys.exit(f'speed: {failed} steps cost more than a tenth more' if failed else 0)


main()
