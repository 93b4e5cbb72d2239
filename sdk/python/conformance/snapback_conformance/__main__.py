"""Runs each case with both clients, and prints a line for each. `ONLY=case,case` and `CLIENT=Snapback` leave out the others."""

from __future__ import annotations

import asyncio
import json
import os
import traceback
from collections.abc import Awaitable, Callable

from . import answers, retries, streams, work
from .kinds import AsyncKit, BlockingKit, Kit
from .stage import Place, place_from_environment

Case = Callable[[Kit], Awaitable[str]]
KITS: dict[str, type[Kit]] = {"Snapback": BlockingKit, "AsyncSnapback": AsyncKit}
CASES: dict[str, Case] = {**answers.CASES, **streams.CASES, **retries.CASES, **work.CASES}


async def outcome(case: Case, kit: Kit) -> tuple[bool, str]:
    kit.control.forget()
    try:
        return True, await asyncio.wait_for(case(kit), 120)
    except Exception as error:
        trace = "".join(traceback.format_exception(error)[-3:])
        return False, f"{type(error).__name__}: {error}\n{trace}"
    finally:
        kit.control.forget()
        await kit.close()


async def main() -> bool:
    place: Place = place_from_environment()
    wanted = os.environ.get("ONLY", "").split(",")
    all_well = True
    for client, kind in KITS.items():
        for name, case in CASES.items():
            if (wanted == [""] or name in wanted) and os.environ.get("CLIENT", client) == client:
                ok, detail = await outcome(case, kind(place))
                print(json.dumps({"case": name, "ok": ok, "detail": f"{client}: {detail}"}), flush=True)
                all_well = all_well and ok
    place.control.close()
    return all_well


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(main()) else 1)
