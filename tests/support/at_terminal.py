#!/usr/bin/env python3
"""A terminal that a person types an AT command into: at_terminal.py PORT COMMAND. Line breaks of the
command go out as they are; prints the answer's lines up to the last one."""
import os
import re
import select
import sys
import tty

port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(port)
os.write(port, sys.argv[2].encode() + b"\r\n")
answer = b""
while not re.search(rb"(^|\n)(OK|ERROR|\+CME ERROR: \d+)\r\n$", answer):
    assert select.select([port], [], [], 60)[0], answer
    answer += os.read(port, 4096)
sys.stdout.write(answer.decode().replace("\r\n", "\n"))
