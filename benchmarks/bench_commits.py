"""How many saves a second the audit log lets through: it is one chain, so commits that write it go one after another.

    python -m benchmarks.bench_commits URL [--clients 8] [--seconds 10]

URL is that of a database to be thrown away, such as `make cluster`'s: what is written into the log stays there.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg2

_SAVE = (
    "INSERT INTO core_auditevent (by_id, did, subject_type, subject_id, patient_id, data)"
    " VALUES (NULL, 'bench.saved', 'bench', '1', NULL, '{}')"
)


def commits_per_second(url: str, *, clients: int, seconds: float) -> float:
    """Of so many clients that do nothing else."""
    until = time.monotonic() + seconds

    def save_until_then(_: int) -> int:
        made = psycopg2.connect(url)
        done = 0
        try:
            with made.cursor() as cursor:
                while time.monotonic() < until:
                    cursor.execute(_SAVE)
                    made.commit()
                    done += 1
        finally:
            made.close()
        return done

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(save_until_then, range(clients))) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    asked = parser.parse_args()
    for clients in sorted({1, asked.clients}):
        rate = commits_per_second(asked.url, clients=clients, seconds=asked.seconds)
        print(f"{clients} at once: {rate:.0f} saves a second")


if __name__ == "__main__":
    main()
