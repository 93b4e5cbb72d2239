import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { toBoolean, toInteger, toList, toNumber } from './parse.js';

export type Role = 'api' | 'worker' | 'all';

/**
 * Everything the service can be told, read once from the environment. The names are those of the
 * variables; docs/configuration.md lists them. What has no default here is optional or depends on others:
 * see `loadConfiguration`.
 */
export class Configuration {
  /** `api` answers requests, `worker` does the work, `all` is both. */
  @IsIn(['api', 'worker', 'all'])
  ROLE: Role = 'all';

  @IsString()
  HOST: string = '127.0.0.1';

  /** 0 takes any free port. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(65535)
  PORT: number = 3000;

  /** Where the embedded PostgreSQL, the vault and generated secrets live unless told otherwise. */
  @IsString()
  @MinLength(1)
  DATA_DIR: string = '.snapback';

  /** The service's own PostgreSQL. Unset: an embedded one below DATA_DIR. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a URL that begins with postgres://' })
  DATABASE_URL?: string;

  /** Connections of one process to the service's own PostgreSQL. */
  @Transform(toInteger)
  @IsInt()
  @Min(4)
  @Max(200)
  DATABASE_POOL_SIZE: number = 15;

  /** Directory of the vault. Default: `vault` below DATA_DIR. Instead of VAULT_S3_BUCKET. */
  @IsOptional()
  @IsString()
  VAULT_PATH?: string;

  /** Bucket of the vault. Credentials come from where the AWS SDK looks for them. */
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { message: 'must be the name of a bucket' })
  VAULT_S3_BUCKET?: string;

  /** The S3 server; unset: Amazon's of the region. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http or https URL' })
  VAULT_S3_ENDPOINT?: string;

  @IsOptional()
  @IsString()
  VAULT_S3_REGION?: string;

  /** What the keys of all objects begin with. */
  @IsOptional()
  @IsString()
  VAULT_S3_PREFIX?: string;

  /** Ask for endpoint/bucket/key instead of bucket.endpoint/key. Unset: when there is an endpoint. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  VAULT_S3_PATH_STYLE?: boolean;

  /** Whether a CRC-32 goes with every upload, or nothing that S3 does not require. */
  @IsIn(['when_supported', 'when_required'])
  VAULT_S3_CHECKSUMS: 'when_supported' | 'when_required' = 'when_supported';

  /** For how many days what a snapshot needs is locked in the bucket, so that nobody can remove it; unset: nothing is locked. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(36_500)
  VAULT_S3_LOCK_DAYS?: number;

  /** Whether locks can be taken off by whoever has the permission for it, or by nobody. */
  @IsIn(['governance', 'compliance'])
  VAULT_S3_LOCK_MODE: 'governance' | 'compliance' = 'governance';

  /** 32 bytes in base64 that wrap the keys of all projects. Whoever loses them loses the snapshots. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9+/]{43}=$/, {
    message: 'must be 32 bytes in base64 (44 characters); "openssl rand -base64 32" makes one',
  })
  VAULT_MASTER_KEY?: string;

  /** A file that holds them. Instead of VAULT_MASTER_KEY. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  VAULT_MASTER_KEY_FILE?: string;

  /** What one process may send to the vault and read from it; unset: no limit. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(1024)
  VAULT_MAX_BYTES_PER_SECOND?: number;

  /** Directory of the replica, a second vault that snapshots are copied to. Instead of REPLICA_S3_BUCKET; neither: no replica. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  REPLICA_DIRECTORY?: string;

  /** Bucket of the replica; this and the next five as for the vault. */
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { message: 'must be the name of a bucket' })
  REPLICA_S3_BUCKET?: string;

  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http or https URL' })
  REPLICA_S3_ENDPOINT?: string;

  @IsOptional()
  @IsString()
  REPLICA_S3_REGION?: string;

  @IsOptional()
  @IsString()
  REPLICA_S3_PREFIX?: string;

  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  REPLICA_S3_PATH_STYLE?: boolean;

  @IsIn(['when_supported', 'when_required'])
  REPLICA_S3_CHECKSUMS: 'when_supported' | 'when_required' = 'when_supported';

  /** As for the vault, from when a snapshot was copied; this and the next one. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(36_500)
  REPLICA_S3_LOCK_DAYS?: number;

  @IsIn(['governance', 'compliance'])
  REPLICA_S3_LOCK_MODE: 'governance' | 'compliance' = 'governance';

  /** Credentials of the replica's bucket alone; unset: those of the vault's. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  REPLICA_S3_ACCESS_KEY_ID?: string;

  @IsOptional()
  @IsString()
  @MinLength(1)
  REPLICA_S3_SECRET_ACCESS_KEY?: string;

  /** What one process may send to the replica and read from it; unset: no limit. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(1024)
  REPLICA_MAX_BYTES_PER_SECOND?: number;

  /** How long a snapshot stays in the replica after it was deleted from the vault. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(36_500)
  REPLICA_KEEP_DAYS: number = 30;

  /** Content one capture holds in memory on its way into the vault: being read, compressed and stored. */
  @Transform(toInteger)
  @IsInt()
  @Min(160 * 1024 * 1024)
  CAPTURE_MEMORY_BYTES: number = 256 * 1024 * 1024;

  /** Whether tokens of one organization are taken here, or of several, each with places of its own. */
  @IsIn(['single', 'multiple'])
  TENANCY: 'single' | 'multiple' = 'single';

  /** The one of TENANCY=single; unset: `DEFAULT_ORGANIZATION`. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  ORGANIZATION?: string;

  /** A file that lists the places of organizations, for TENANCY=multiple. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  PLACES_FILE?: string;

  /** Directories below which the filestores of environments may lie, separated by `:`. */
  @Transform(toList(':'))
  @Matches(/^\//, { each: true, message: 'must be absolute paths separated by ":"' })
  FILESTORE_ROOTS: string[] = [];

  /** Directory below which `{ file }` references to connection URLs may lie. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  SECRETS_ROOT?: string;

  /** Hosts that environments may name, separated by commas; `*.` at the start matches subdomains, `*` any. Unset: see `TrustDomains`. */
  @IsOptional()
  @Transform(toList(','))
  @IsString({ each: true })
  DATABASE_HOSTS?: string[];

  /** Programs that hooks of environments may name, as `name=/path`, separated by commas. */
  @Transform(toList(','))
  @Matches(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?=\/.+$/, { each: true, message: 'must be name=/path, separated by ","' })
  HOOK_COMMANDS: string[] = [];

  /** Hosts that hooks of environments may call, written in the same way. Unset: see `TrustDomains`. */
  @IsOptional()
  @Transform(toList(','))
  @IsString({ each: true })
  HOOK_HOSTS?: string[];

  /** Hosts that webhooks may name, written in the same way. Unset: see `TrustDomains`. */
  @IsOptional()
  @Transform(toList(','))
  @IsString({ each: true })
  WEBHOOK_HOSTS?: string[];

  /** Webhooks a project may have. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(1000)
  WEBHOOKS_PER_PROJECT: number = 20;

  /** Webhooks one worker process sends to at a time. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(64)
  WEBHOOK_CONCURRENCY: number = 4;

  /** How long a receiver may take to answer. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(60)
  WEBHOOK_TIMEOUT_SECONDS: number = 10;

  /** How long events and their deliveries are kept: longer than one is tried. */
  @Transform(toInteger)
  @IsInt()
  @Min(4)
  @Max(365)
  WEBHOOK_DELIVERY_DAYS: number = 30;

  /** 32 bytes in base64 that encrypt the credentials of environments. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9+/]{43}=$/, {
    message: 'must be 32 bytes in base64 (44 characters); "openssl rand -base64 32" makes one',
  })
  CREDENTIALS_KEY?: string;

  /** Another CREDENTIALS_KEY than before is meant: the old one is lost, and passwords will be set again. */
  @Transform(toBoolean)
  @IsBoolean()
  CREDENTIALS_KEY_REPLACED: boolean = false;

  /** HS256 secret that signs tokens. Either this or JWT_JWKS_URL. */
  @IsOptional()
  @MinLength(32, { message: 'must have at least 32 characters' })
  JWT_SECRET?: string;

  /** Where the public keys of an identity provider are served (RS256, ES256). */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http or https URL' })
  JWT_JWKS_URL?: string;

  /** How long the identity provider is left alone after it was asked for its keys; tokens with unknown ones get 401 meanwhile. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(300)
  JWT_KEYS_COOLDOWN_SECONDS: number = 10;

  /** How often the keys are asked for again: a key that was withdrawn is trusted no longer. */
  @Transform(toInteger)
  @IsInt()
  @Min(10)
  @Max(86_400)
  JWT_KEYS_REFRESH_SECONDS: number = 600;

  @IsString()
  @MinLength(1)
  JWT_ISSUER: string = 'snapback';

  @IsString()
  @MinLength(1)
  JWT_AUDIENCE: string = 'snapback';

  /** Which environments this process's worker and checks can reach, separated by commas. */
  @Transform(toList(','))
  @Matches(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, {
    each: true,
    message: 'must be names of lower-case letters, digits and "-"',
  })
  WORKER_POOLS: string[] = ['default'];

  /** Captures one worker process runs at a time. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(64)
  CAPTURE_CONCURRENCY: number = 2;

  /**
   * Connections with which all captures, restores and verifications of this process together read and write the rows of one server.
   * Unset: as many as there are cores, up to eight. The name is from when captures alone kept to it.
   */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(64)
  CAPTURE_CONNECTIONS?: number;

  /** How long the query in `fileReferences` may take. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(86_400)
  FILE_REFERENCES_SECONDS: number = 300;

  /** Rollbacks one worker process runs at a time. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(64)
  ROLLBACK_CONCURRENCY: number = 2;

  /** How often a capture whose worker died is tried again. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(10)
  CAPTURE_RETRIES: number = 2;

  /** How long a stopping process lets running work finish before it hands it back. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(3600)
  SHUTDOWN_GRACE_SECONDS: number = 10;

  /** How long a connection check or a plan may wait for a database. */
  @Transform(toInteger)
  @IsInt()
  @Min(100)
  @Max(60_000)
  CHECK_TIMEOUT_MS: number = 4000;

  /** How long an estimate looks at a filestore. */
  @Transform(toInteger)
  @IsInt()
  @Min(10)
  @Max(60_000)
  ESTIMATE_BUDGET_MS: number = 600;

  /** How often the content of a project that nobody needs any more is freed at most (seconds). */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(86_400)
  COLLECTION_PAUSE_SECONDS: number = 3600;

  /** Projects one worker process frees content of at a time. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(16)
  COLLECTION_CONCURRENCY: number = 2;

  /** How often a rollback whose worker died before anything was touched is taken up again. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(10)
  ROLLBACK_RETRIES: number = 2;

  /** How fast a standby is read out of the vault at most, so that captures and the environment itself come first. */
  @Transform(toInteger)
  @IsInt()
  @Min(1_048_576)
  STANDBY_MAX_BYTES_PER_SECOND: number = 67_108_864;

  /** The largest share of an environment's snapshots that retention deletes in one run without asking. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0)
  @Max(1)
  RETENTION_MAX_SHARE: number = 0.5;

  /** When the daily retention run starts: a cron expression, in UTC. */
  @Matches(/^\S+( \S+){4,5}$/, { message: 'must be a cron expression of five or six parts, like "0 3 * * *"' })
  RETENTION_CRON: string = '0 3 * * *';

  /** How long after a run of a schedule was due it is made up for, when nobody could look after it in time. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(10_080)
  SCHEDULE_CATCH_UP_MINUTES: number = 720;

  /** By how much runs of schedules come later than they are due at most, each environment's always by the same. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(3600)
  SCHEDULE_JITTER_SECONDS: number = 60;
  /** How long the audit keeps who did what, in days. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(36_500)
  AUDIT_DAYS: number = 400;

  /** Environments an organization may have, unless an operator has said otherwise for it; unset: no limit. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  QUOTA_ENVIRONMENTS?: number;

  /** Snapshots it may have: queued, running and completed ones; unset: no limit. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  QUOTA_SNAPSHOTS?: number;

  /** Bytes its projects may take up in the vault, as they are stored; unset: no limit. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  QUOTA_STORED_BYTES?: number;

  /** Jobs of it that run at a time, on all workers together; unset: no limit. Rollbacks are never held back. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  QUOTA_RUNNING_JOBS?: number;

  /** Jobs of it that may wait before it is told to ask later; unset: no limit. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  QUOTA_WAITING_JOBS?: number;

  /** How long it is kept what projects used each day. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(36_500)
  USAGE_DAYS: number = 800;

  /** Where metrics and health are served, apart from the API; unset: nowhere. 0 takes any free port. */
  @IsOptional()
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(65535)
  METRICS_PORT?: number;

  @IsString()
  METRICS_HOST: string = '127.0.0.1';

  /** Where traces are sent, as OTLP over HTTP, below `/v1/traces`; unset, and without the next one: nowhere. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http or https URL' })
  OTEL_EXPORTER_OTLP_ENDPOINT?: string;

  /** The same for traces alone, with its path. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http or https URL' })
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT?: string;

  /** Every receiver of OTLP over HTTP takes JSON, which is what is sent. */
  @IsOptional()
  @IsIn(['http/json', 'http/protobuf'])
  OTEL_EXPORTER_OTLP_PROTOCOL?: 'http/json' | 'http/protobuf';

  /** `none` switches traces off wherever an endpoint is set for something else. */
  @IsIn(['otlp', 'none'])
  OTEL_TRACES_EXPORTER: 'otlp' | 'none' = 'otlp';

  @Transform(toBoolean)
  @IsBoolean()
  OTEL_SDK_DISABLED: boolean = false;

  /** Which traces are recorded. Only with `parentbased_…` callers have a say. */
  @IsIn([
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ])
  OTEL_TRACES_SAMPLER:
    | 'always_on'
    | 'always_off'
    | 'traceidratio'
    | 'parentbased_always_on'
    | 'parentbased_always_off'
    | 'parentbased_traceidratio' = 'always_on';

  /** The share of `traceidratio`. */
  @Transform(toNumber)
  @IsNumber()
  @Min(0)
  @Max(1)
  OTEL_TRACES_SAMPLER_ARG: number = 1;

  /** Environments that have series of their own in the metrics. */
  @Transform(toInteger)
  @IsInt()
  @Min(0)
  @Max(100_000)
  METRICS_ENVIRONMENTS: number = 2000;

  /** Largest request body. */
  @Transform(toInteger)
  @IsInt()
  @Min(1024)
  MAX_BODY_BYTES: number = 102_400;

  /** Largest request line and headers together. */
  @Transform(toInteger)
  @IsInt()
  @Min(1024)
  @Max(1024 * 1024)
  MAX_HEADER_BYTES: number = 16_384;

  /** How long the request line and headers may take to arrive. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(300)
  HEADERS_TIMEOUT_SECONDS: number = 20;

  /** How long a request may take to arrive whole, body and all. Answers, and streams, may take longer. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(3600)
  REQUEST_TIMEOUT_SECONDS: number = 60;

  /** Requests a minute of one subject of one organization, counted by each process. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  RATE_LIMIT_SUBJECT: number = 6000;

  /** Requests a minute of one organization, counted by each process. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  RATE_LIMIT_ORGANIZATION: number = 24_000;

  /** Requests a minute without a valid token from one address, counted by each process. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  RATE_LIMIT_ADDRESS: number = 600;

  /** Addresses and networks of proxies whose X-Forwarded-For is believed, separated by commas. */
  @Transform(toList(','))
  @Matches(/^(loopback|linklocal|uniquelocal|[0-9A-Fa-f:.]+(\/\d{1,3})?)$/, {
    each: true,
    message: 'must be addresses, networks like 10.0.0.0/8, "loopback", "linklocal" or "uniquelocal", separated by ","',
  })
  TRUST_PROXY: string[] = [];

  /** How often a progress stream says that it is alive. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(300)
  PROGRESS_HEARTBEAT_SECONDS: number = 15;

  /** Progress streams one process serves at the same time. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(100_000)
  PROGRESS_STREAMS: number = 6000;

  /** How many of them all callers of one organization may hold. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(100_000)
  PROGRESS_STREAMS_PER_ORGANIZATION: number = 5000;

  /** How many of them one caller may hold: a subject of an organization. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(100_000)
  PROGRESS_STREAMS_PER_CALLER: number = 100;

  /** Files of snapshots that one process sends at the same time. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(1000)
  DOWNLOADS: number = 24;

  /** How many of them all callers of one organization may have. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(1000)
  DOWNLOADS_PER_ORGANIZATION: number = 12;

  /** How many of them one caller may have: a subject of an organization. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(1000)
  DOWNLOADS_PER_CALLER: number = 6;

  /** The directory for the files of exports, which API and workers share. Default: `exports` below DATA_DIR. */
  @IsOptional()
  @Matches(/^\//, { message: 'must be an absolute path' })
  EXPORT_ROOT?: string;

  /** How long the file of an export is kept. */
  @Transform(toInteger)
  @IsInt()
  @Min(1)
  @Max(8760)
  EXPORT_HOURS: number = 24;

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL: string = 'info';

  /** Lines of the log as JSON, or in words for people; unset: words on a terminal, else JSON. */
  @IsOptional()
  @IsIn(['json', 'pretty'])
  LOG_FORMAT?: 'json' | 'pretty';

  /** Serve Swagger UI under /docs, and the guide under /guide. */
  @Transform(toBoolean)
  @IsBoolean()
  DOCS_ENABLED: boolean = true;

  /** The console at /. */
  @Transform(toBoolean)
  @IsBoolean()
  CONSOLE_ENABLED: boolean = true;

  /** The OpenID Connect provider that people sign in to the console with; unset: they paste a token. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'must be an http or https URL' })
  CONSOLE_OIDC_ISSUER?: string;

  /** What the console is called there: a public client, without a secret. */
  @IsOptional()
  @IsString()
  CONSOLE_OIDC_CLIENT_ID?: string;

  /** What it asks for, separated by spaces. */
  @Matches(/^(?=(.* )?openid( |$))[!#-[\]-~]+( [!#-[\]-~]+)*$/, {
    message: 'must be scopes separated by spaces, "openid" among them',
  })
  CONSOLE_OIDC_SCOPE: string = 'openid';

  /** What its tokens are for, where the provider wants to be told; sent as `audience` and as `resource`. */
  @IsOptional()
  @IsString()
  CONSOLE_OIDC_AUDIENCE?: string;
}
