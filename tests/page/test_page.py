"""The dashboard's page in Chromium: test_page.py BINARIES FOLDER. What npm installs stays in FOLDER; without node, npm,
Chromium, or a network at the first time, it is skipped and says so."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402  (found by the line above)

HERE = os.path.dirname(os.path.abspath(__file__))
FILES = ('package.json', 'package-lock.json')
NODE_MIN = 18


def skip(why):
    print(f'skipped: {why}')
    sys.exit(harness.SKIPPED)


def find_browser():
    for name in ('chromium', 'chromium-browser', 'google-chrome'):
        path = shutil.which(name)
        if path:
            return path
    return skip('Chromium is not installed')


def node_version():
    if not shutil.which('node'):
        skip('node is not installed')
    said = subprocess.run(['node', '--version'], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip('v').split('.')[0])


def read(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except FileNotFoundError:
        return None


def install(folder):
    """What the lock file names, unless it is there already."""
    os.makedirs(folder, exist_ok=True)
    done = os.path.join(folder, 'installed')
    lock = read(os.path.join(HERE, 'package-lock.json'))
    if read(done) == lock:
        return
    if not shutil.which('npm'):
        skip('npm is not installed')
    for name in FILES:
        shutil.copyfile(os.path.join(HERE, name), os.path.join(folder, name))
    try:
        said = subprocess.run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries', '1', '--loglevel', 'error'], cwd=folder,
                              capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=180)
    except subprocess.TimeoutExpired:
        skip('npm got nothing from its registry within three minutes')
    if said.returncode:
        if any(word in said.stderr for word in ('ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ETIMEDOUT', 'ENETUNREACH', 'network')):
            skip(f'npm reached no registry: {said.stderr.strip().splitlines()[0]}')
        sys.exit(f'npm ci failed:\n{said.stderr}')
    with open(done, 'wb') as file:
        file.write(lock)


def main():
    binaries, folder = map(os.path.abspath, sys.argv[1:3])
    browser = find_browser()
    if node_version() < NODE_MIN:
        skip(f'node is older than {NODE_MIN}')
    install(folder)
    for name in ('page.test.js', 'world.js'):
        shutil.copyfile(os.path.join(HERE, name), os.path.join(folder, name))  # where their modules are found
    environment = dict(os.environ, RAPPORTEUR_BINARIES=binaries, RAPPORTEUR_SOURCE=harness.ROOT, RAPPORTEUR_RULES=harness.RULES, RAPPORTEUR_CONFIG='none',
                       CHROMIUM=browser)
    environment.pop('RAPPORTEUR_DATA', None)
    sys.exit(subprocess.run(['node', '--test', *sys.argv[3:], os.path.join(folder, 'page.test.js')], cwd=folder, env=environment, check=False).returncode)


main()
