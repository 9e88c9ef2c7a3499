"""A program that keeps the module loaded for long: a line of its standard input is a thing to do, and
it answers with `ok` or with the name of an error. `sign` uses the session that is open, `reopen` makes
another one; `sign-many` signs until it is killed."""

import hashlib
import os
import sys

import PyKCS11
from PyKCS11 import CKA_CLASS, CKA_LABEL, CKM_ECDSA, CKO_PRIVATE_KEY, Mechanism

library = PyKCS11.PyKCS11Lib()
library.load(os.environ["MODULE"])
session = None


def reopen():
    global session
    slot = library.getSlotList(tokenPresent=True)[0]
    library.closeAllSessions(slot)
    session = library.openSession(slot)


def sign():
    wanted = [(CKA_CLASS, CKO_PRIVATE_KEY), (CKA_LABEL, "device")]
    key = session.findObjects(wanted)[0]
    digest = hashlib.sha256(b"a message").digest()
    assert len(session.sign(key, digest, Mechanism(CKM_ECDSA, None))) == 64


def sign_many():
    while True:
        sign()


things = {"reopen": reopen, "sign": sign, "sign-many": sign_many}
for line in sys.stdin:
    try:
        things[line.strip()]()
        print("ok", flush=True)
    except PyKCS11.PyKCS11Error as error:
        print(PyKCS11.CKR[error.value], flush=True)
    except IndexError:
        print("nothing there", flush=True)
