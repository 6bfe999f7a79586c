"""Several calls at the same moment, each on a connection of its own."""

import threading

from django.db import connection


def at_once(*calls):
    """Run the calls together; what each returned or raised."""
    gate, said = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            gate.wait()
            said[place] = call()
        except Exception as error:
            said[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
