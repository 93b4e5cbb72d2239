// The peer of the list bench: the same two statements through Nest with nothing around them.
import 'reflect-metadata';
import { Controller, Get, Module, Param, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Pool } from 'pg';

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: Number(process.env.DATABASE_POOL_SIZE) });

@Controller('environments/:environmentId/snapshots')
class BareController {
  @Get()
  async list(@Param('environmentId') environmentId: string, @Query('limit') limit: string) {
    const [rows, count] = await Promise.all([
      pool.query(
        'SELECT * FROM snapshots WHERE environment_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET 0',
        [environmentId, Number(limit)],
      ),
      pool.query('SELECT sum(snapshots) AS total FROM snapshot_counts WHERE environment_id = $1', [environmentId]),
    ]);
    return { items: rows.rows, total: Number(count.rows[0].total), limit: Number(limit), offset: 0 };
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create<NestExpressApplication>(BareModule, { logger: false });
await app.listen(Number(process.env.PORT), '127.0.0.1');
console.log('ready');
