#!/usr/bin/env python3
"""What a stranger may put into the inbox to make the daemon read what it must not, wait for ever, write elsewhere or lose a
document: each is harmless, and what is handed in beside it is taken.

  test_inbox_tricks.py BIN"""
import os
import random
import select
import socket
import stat
import threading
import time
import unittest

import command
from command import CommandTest, fed

SECRET = 'The words of another, which nobody handed in.\n'


def numbered(n):
    return fed('United Nations', f'A/RES/91/{n}', f'91/{n}. Bridges', 'The General Assembly,', f'1. Decides to keep {n} bridges open.')


class Tricks(CommandTest):
    def setUp(self):
        super().setUp()
        self.write('outside/secret.txt', SECRET)
        os.makedirs(self.path('service', 'inbox'))

    def inbox(self, *names):
        return self.path('service', 'inbox', *names)

    def start(self):
        return self.up('service', '--workers', '1')

    def wait_for(self, fact, what):
        end = time.monotonic() + 90
        while not fact():
            self.assertLess(time.monotonic(), end, what)
            select.select([], [], [], 0.02)

    def texts(self):
        from sqlite3 import connect
        with connect(f'file:{self.path("service", "rapporteur.db")}?mode=ro', uri=True) as db:
            return [row[0] for row in db.execute('SELECT text FROM chunk')]

    def serves(self, name='last.txt'):
        """Who serves takes one more, which is then in the database; the books balance."""
        with open(self.path('new'), 'w', encoding='utf8') as file:
            file.write(numbered(900) + name + '\n')
        os.rename(self.path('new'), self.inbox(name))
        self.wait_for(lambda: os.path.exists(self.inbox('taken', name)), f'{name} is not taken')
        self.wait_idle()
        self.rapporteur('audit', '--data', 'service')

    def test_what_is_no_file(self):
        os.symlink(self.path('outside', 'secret.txt'), self.inbox('link.txt'))
        os.symlink(self.path('outside'), self.inbox('folder'))
        os.symlink('/nowhere', self.inbox('dangling.txt'))
        os.symlink('circle.txt', self.inbox('circle.txt'))
        os.mkdir(self.inbox('real-folder'))
        os.mkfifo(self.inbox('pipe.txt'))
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        here = os.getcwd()
        os.chdir(self.inbox())  # sockets' names are short
        listener.bind('socket.txt')
        os.chdir(here)
        names = ['link.txt', 'folder', 'dangling.txt', 'circle.txt', 'real-folder', 'pipe.txt', 'socket.txt']
        try:
            os.mknod(self.inbox('device.txt'), 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # zeros without an end
            names.append('device.txt')
        except PermissionError:
            pass
        service = self.start()
        self.serves()
        for name in names:
            self.assertTrue(os.path.lexists(self.inbox(name)), f'{name} stays where it is')
        self.assertNotIn(SECRET.strip(), self.texts())
        log = self.end(service)
        for name in names:
            self.assertIn(f'inbox.not_a_file file={name} ', log)

    def test_sidecars_that_are_no_files(self):
        makers = {'link': lambda path: os.symlink(self.path('outside', 'secret.txt'), path), 'folder': os.mkdir, 'pipe': os.mkfifo,
                  'dangling': lambda path: os.symlink('/nowhere', path),
                  'long': lambda path: self.write(path, 'title: ' + 'x' * 100000),
                  'bytes': lambda path: self.write(path, b'title: \xff\xfe\n'),
                  'nul': lambda path: self.write(path, b'title: a\x00b\n')}
        for name, make in makers.items():
            make(self.inbox(name + '.txt.meta'))
            self.write(self.inbox(name + '.txt'), numbered(len(name)) + name)
        service = self.start()
        self.serves()
        for name in makers:
            self.assertTrue(os.path.exists(self.inbox('refused', name + '.txt.reason')), name)
            self.assertFalse(os.path.lexists(self.inbox(name + '.txt')), name)
        self.assertEqual(self.read('outside/secret.txt'), SECRET)
        self.assertNotIn(SECRET.strip(), self.texts())
        self.end(service)

    def read(self, name):
        with open(self.path(name), encoding='utf8') as file:
            return file.read()

    def test_nothing_is_written_through_what_lies_in_refused(self):
        """The reason of 'a' would be written to what is called 'a.reason'."""
        os.makedirs(self.inbox('refused'))
        os.symlink(self.path('outside', 'secret.txt'), self.inbox('refused', 'a.reason'))
        os.link(self.path('outside', 'secret.txt'), self.inbox('refused', 'b.reason'))
        self.write(self.inbox('c.reason.meta'), 'no key\n')
        self.write(self.inbox('c.reason'), 'A document that is called like a reason.\n')
        service = self.start()
        self.wait_for(lambda: not os.path.exists(self.inbox('c.reason')), 'c.reason stays')
        for name in 'abc':
            for ending in ('.meta', ''):
                self.write(name, 'no key\n' if ending else f'Words of {name}.\n')
                os.rename(self.path(name), self.inbox(name + ending))
        self.serves()
        self.assertEqual(self.read('outside/secret.txt'), SECRET)
        held = [self.read(os.path.join(self.inbox('refused'), name)) for name in os.listdir(self.inbox('refused'))]
        self.assertIn('A document that is called like a reason.\n', held)
        for name in 'abc':
            self.assertIn(f'Words of {name}.\n', held)
            self.assertTrue(self.read(self.inbox('refused', f'{name}.reason')).startswith(f'{name}.meta:1'))
        self.end(service)

    def test_nothing_refused_is_replaced(self):
        service = self.start()
        for turn in range(4):
            self.write(f'n{turn}.meta', 'no key\n')
            os.rename(self.path(f'n{turn}.meta'), self.inbox('same.txt.meta'))
            self.write(f'n{turn}', f'words {turn}')
            os.rename(self.path(f'n{turn}'), self.inbox('same.txt'))
            self.wait_for(lambda: not os.path.exists(self.inbox('same.txt')), 'it stays')
        held = {self.read(self.inbox('refused', name)) for name in os.listdir(self.inbox('refused'))
                if not name.endswith(('.meta', '.reason'))}
        self.assertEqual(held, {f'words {turn}' for turn in range(4)})
        self.serves()
        self.end(service)

    def test_hard_links_take_nothing_from_their_other_names(self):
        os.link(self.path('outside', 'secret.txt'), self.inbox('hard.txt'))
        service = self.start()
        self.serves()
        self.assertEqual(self.read('outside/secret.txt'), SECRET)  # what was handed in so was handed in
        self.assertTrue(os.path.exists(self.inbox('taken', 'hard.txt')))
        self.end(service)

    def test_names_of_any_bytes(self):
        raw = os.fsencode(self.inbox())
        names = [b'new\nline.txt', b'\x1b[2J.txt', b'\xff\xfe\x80', b'%s%n%n', b'-rf', b' ', b'$(id)', b"'; DROP TABLE document; --",
                 b'x' * 255, b'y' * 250 + b'.meta', b'...', b'taken.txt', '\u202etxt.exe'.encode(), '\u00e9' .encode() * 127]
        for number, name in enumerate(names):
            with open(os.path.join(raw, name), 'wb') as file:
                file.write(numbered(100 + number).encode())
        service = self.start()
        self.serves()
        hidden = [name for name in names if name.startswith(b'.') or name.endswith(b'.meta')]
        left = sorted(os.listdir(raw))
        self.assertEqual(left, sorted([b'refused', b'taken', *hidden]))
        taken = os.listdir(os.path.join(raw, b'taken'))
        self.assertEqual(len(taken), len(names) - len(hidden) + 1)
        self.end(service)

    def test_huge_and_hollow(self):
        with open(self.inbox('hollow.txt'), 'wb') as file:
            os.truncate(file.fileno(), 1 << 40)
        with open(self.inbox('zeros.txt'), 'wb') as file:
            os.truncate(file.fileno(), 64 << 20)
        self.write(self.inbox('unreadable.txt'), numbered(3))
        os.chmod(self.inbox('unreadable.txt'), 0)
        service = self.start()
        self.serves()
        self.assertTrue(os.path.exists(self.inbox('refused', 'hollow.txt')))
        self.assertTrue(os.path.exists(self.inbox('taken', 'zeros.txt')))  # whole, and then in quarantine
        self.assertFalse(any('\x00' in text for text in self.texts()))
        self.end(service)

    def test_thousands(self):
        for number in range(6000):
            os.symlink('nowhere', self.inbox(f'l{number}'))
        for number in range(300):
            self.write(self.inbox(f'd{number}.txt'), numbered(number))
        service = self.start()
        self.wait_for(lambda: len(os.listdir(self.inbox('taken'))) == 300, 'not all are taken')
        self.serves()
        self.end(service)

    def test_files_that_turn_into_others(self):
        """One name, replaced as fast as can be by documents, links, pipes and folders, written and cut while it is read."""
        service = self.start()
        ended = threading.Event()
        chance = random.Random(7)
        made = []

        def make(number):
            kind = chance.choice(['file', 'file', 'link', 'pipe', 'folder', 'grow'])
            path = self.path(f'new{number}')
            if kind == 'file':
                self.write(path, numbered(1000 + number))
                made.append(number)
            elif kind == 'link':
                os.symlink(self.path('outside', 'secret.txt'), path)
            elif kind == 'pipe':
                os.mkfifo(path)
            elif kind == 'folder':
                os.mkdir(path)
            else:
                self.write(path, 'Growing.\n' * 20000)
            return kind, path

        def swap():
            for number in range(400):
                kind, path = make(number)
                try:
                    if os.path.isdir(self.inbox('it')) and not os.path.islink(self.inbox('it')):
                        os.rmdir(self.inbox('it'))
                    elif kind == 'folder' and os.path.lexists(self.inbox('it')):
                        os.unlink(self.inbox('it'))
                    os.rename(path, self.inbox('it'))
                    if kind == 'grow':
                        with open(self.inbox('it'), 'ab') as file:
                            file.write(b'More.\n' * 1000)
                            file.truncate(chance.randrange(100000))
                except OSError:
                    pass  # it was taken in between
            ended.set()

        swapper = threading.Thread(target=swap)
        swapper.start()
        swapper.join(120)
        self.assertTrue(ended.is_set())
        self.serves()
        self.assertNotIn(SECRET.strip(), self.texts())
        self.assertEqual(self.read('outside/secret.txt'), SECRET)
        self.end(service)


if __name__ == '__main__':
    command.main()
