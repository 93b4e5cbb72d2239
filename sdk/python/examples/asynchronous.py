import asyncio
import os

from snapback import AsyncSnapback


async def main() -> None:
    async with AsyncSnapback(os.environ["SNAPBACK_URL"], token=os.environ["SNAPBACK_TOKEN"]) as snapback:

        async def capture(environment_id: str) -> None:
            snapshot = await snapback.snapshots.create(environment_id)
            print(await snapback.snapshots.wait_for(environment_id, snapshot.id))

        found = [
            environment.id
            async for project in snapback.projects.list()
            async for environment in snapback.environments.list(project.id)
        ]
        await asyncio.gather(*map(capture, found))


asyncio.run(main())
