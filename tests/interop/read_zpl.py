#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a label in ZPL II as the Programming Guide has it, and prints its fields as JSON.

Knows the commands ^XA ^XZ ^CI ^PW ^LL ^LH ^PQ ^FO ^A ^BQ ^FH ^FD ^FS, and stops at any other, at an
argument that is out of its range, and at a field outside the label."""
import json
import re
import sys


def fail(why):
    sys.exit(f'no ZPL: {why}')


def number(text, low, high, what):
    if not re.fullmatch(r'[0-9]+', text) or not low <= int(text) <= high:
        fail(f'{what} is {text!r}, not {low} to {high}')
    return int(text)


def unescape(data, sign):
    """^FH: two hex digits behind the sign are a byte. ^CI28: the bytes are UTF-8."""
    out, at = bytearray(), 0
    while at < len(data):
        if data[at] == sign:
            pair = data[at + 1:at + 3]
            if not re.fullmatch(r'[0-9A-Fa-f]{2}', pair):
                fail(f'{sign}{pair} is no byte')
            out.append(int(pair, 16))
            at += 3
        else:
            out += data[at].encode('ascii')
            at += 1
    return out.decode('utf-8')


def qr_text(data, level):
    match = re.fullmatch(r'([HQML])A,(.*)', data, re.S)
    if not match:
        fail('the data of ^BQ begin with level, input mode and a comma')
    if match[1] != level:
        fail(f'level {match[1]} in the data, {level} in ^BQ')
    return match[2]


def main(path):
    text = open(path, encoding='ascii').read()
    if not re.fullmatch(r'\^XA.*\^XZ\n', text, re.S):
        fail('a format is from ^XA to ^XZ')
    label = {'fields': []}
    field = {}
    encoding = None
    for command, arguments in re.findall(r'\^([A-Z]{2}|A0)([^^]*)', text):
        arguments = arguments.rstrip('\n')
        parts = arguments.split(',')
        if command in ('XA', 'XZ'):
            field = {}
        elif command == 'CI':
            encoding = number(arguments, 0, 36, '^CI')
        elif command == 'PW':
            label['width'] = number(arguments, 2, 32000, '^PW')
        elif command == 'LL':
            label['height'] = number(arguments, 1, 32000, '^LL')
        elif command == 'LH':
            [number(part, 0, 32000, '^LH') for part in parts]
        elif command == 'PQ':
            number(arguments, 1, 99999999, '^PQ')
        elif command == 'FO':
            field = {'x': number(parts[0], 0, label['width'], '^FO'),
                     'y': number(parts[1], 0, label['height'], '^FO')}
        elif command == 'A0':
            if parts[0] != 'N':
                fail('a text lies as the label')
            field |= {'kind': 'text', 'height': number(parts[1], 10, 32000, '^A')}
        elif command == 'BQ':
            if parts[:2] != ['N', '2'] or parts[3] not in 'HQML':
                fail(f'^BQ{arguments}')
            number(parts[4], 0, 7, 'mask')
            field |= {'kind': 'qr', 'magnification': number(parts[2], 1, 100, '^BQ'),
                      'level': parts[3]}
        elif command == 'FH':
            field['sign'] = arguments or '_'
        elif command == 'FD':
            data = arguments
            if '~' in data or encoding != 28:
                fail('a command in the data, or no UTF-8')
            data = unescape(data, field['sign']) if 'sign' in field else data
            field['text'] = qr_text(data, field['level']) if field['kind'] == 'qr' else data
        elif command == 'FS':
            label['fields'].append(field)
            field = {}
        else:
            fail(f'^{command} is not known')
    if field:
        fail('a field without ^FS')
    json.dump(label, sys.stdout, ensure_ascii=False)


main(sys.argv[1])
