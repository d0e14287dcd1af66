"""A program that has a Berkeley DB environment open, and what it does there.

environment.py DIRECTORY KIND STEP...

KIND is `txn` (transactions), `private` (the same, in the program's own memory),
`mpool` (a shared cache alone) or `cds` (with locks). Then the steps are done, in
order, with the database DIRECTORY/data.db and others.
"""

import os
import sys

from bsddb3 import db

directory, kind, *steps = sys.argv[1:]
transactions = db.DB_INIT_MPOOL | db.DB_INIT_TXN | db.DB_INIT_LOG | db.DB_INIT_LOCK
flags = {
    "txn": transactions,
    "private": transactions | db.DB_PRIVATE,
    "mpool": db.DB_INIT_MPOOL,
    "cds": db.DB_INIT_MPOOL | db.DB_INIT_CDB,
}[kind]
env = db.DBEnv()
env.set_lg_max(1 << 18)
env.open(directory, flags | db.DB_CREATE)
with_transactions = kind in ("txn", "private")
databases = {}
kind_of_database = db.DB_BTREE


def put(name, prefix, count, value=None):
    if name not in databases:
        databases[name] = db.DB(env)
        databases[name].open(
            name, dbtype=kind_of_database, flags=db.DB_CREATE | (
                db.DB_AUTO_COMMIT if with_transactions else 0))
    txn = env.txn_begin() if with_transactions else None
    if value:
        databases[name].put(b"k", value.encode(), txn=txn)
    for n in range(count if prefix else 0):
        databases[name].put(b"%s-%d" % (prefix.encode(), n), b"v" * 20, txn=txn)
    if txn:
        txn.commit()


def delete(prefix):
    txn = env.txn_begin() if with_transactions else None
    for n in range(50):
        databases["data.db"].delete(b"%s-%d" % (prefix.encode(), n), txn=txn)
    if txn:
        txn.commit()


for step in steps:
    if step == "hash":
        kind_of_database = db.DB_HASH
    elif step.startswith("delete:"):
        delete(step[7:])
    elif step.startswith("put:"):
        put("data.db", step[4:], 100)
    elif step.startswith("much:"):
        put("data.db", step[5:], 20000)
    elif step.startswith("one:"):
        put("data.db", None, 1, step[4:])
    elif step.startswith("other:"):
        put("other.db", step[6:], 100)
    elif step == "sync":
        databases["data.db"].sync()
    elif step == "checkpoint":
        env.txn_checkpoint(0, 0, db.DB_FORCE)
    elif step == "close":
        databases.pop("data.db").close()
    elif step == "leave":
        for each in databases.values():
            each.close()
        env.close()
        sys.exit(0)
    elif step == "die":
        os._exit(0)
    elif step == "wait":
        print("waiting", flush=True)
        sys.stdin.read()
